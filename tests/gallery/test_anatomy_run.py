"""The means of a diagram."""

import numpy as np
import pytest

from gradviz.gallery.anatomy_run import anatomy, best_gate, times_more


def test_means_are_of_norms_over_time_and_sequences(small):
    data = small("lstm_anatomy")
    found = anatomy(data)
    module = data["pass"]["recurrent"].isel(step=0, layer=0, direction=0)
    norms = 10 ** module["log10_grad_c"].values.astype(float)
    assert found.grad_c == pytest.approx(np.log10(norms.mean()))
    forget = module["gates"].sel(gate="forget").values
    assert found.gates["forget"] == pytest.approx(forget.mean(), abs=1e-6)
    carry = 10 ** module["log10_grad_path"].sel(path="carry").values.astype(float)
    assert found.grad_paths["carry"] == pytest.approx(np.log10(carry.mean()))


def test_the_best_gate_is_a_gate(small):
    found = anatomy(small("gru_anatomy"))
    best = best_gate(found)
    assert best in {"reset", "update", "candidate"}
    assert all(found.grad_paths[gate] <= found.grad_paths[best] for gate in found.gates)
    assert times_more(found) == pytest.approx(10 ** (found.grad_paths["carry"] - found.grad_paths[best]))


def test_an_rnn_has_no_cell_state(small):
    found = anatomy(small("rnn_anatomy"))
    assert np.isnan(found.grad_c)
    assert found.gradients() == [found.grad_h, *found.grad_gates.values(), *found.grad_paths.values()]
    with_cell_state = anatomy(small("lstm_anatomy"))
    assert with_cell_state.gradients()[:2] == [with_cell_state.grad_h, with_cell_state.grad_c]
