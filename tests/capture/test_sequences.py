"""Calls that continue each other are one sequence, whatever is done to the state between them.

Each is compared with the slow twin in float64: totals, direct gradients, exact zeros.
"""

import numpy as np
import pytest
import torch
from capture.agreement import assert_agrees
from capture.touched import CELLS, LOSSES, Touched, faint, last, recorded_and_twin, slow
from capture.ways import DISGUISES, WAYS
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz import vocabulary as v

TOUCHED = {"rnn": "h", "lstm": "hc", "gru": "h"}


def check(kind, way, loss="faint", *, dtype=torch.float64, steps=14, **options):
    model = Touched(kind, way, **{"touched": TOUCHED[kind]} | options)
    dataset, twin = recorded_and_twin(model, LOSSES[loss], dtype=dtype, steps=steps)
    assert "call" not in dataset.dims
    assert dataset.sizes["time"] == steps
    rtol = 1e-10 if dtype == torch.float64 else 1e-5
    assert_agrees(dataset, twin, cell_state=kind == "lstm", rtol=rtol)
    return dataset, twin


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_in_a_loop(kind, way):
    check(kind, way, reads="both")


@pytest.mark.parametrize("reads", ["output", "state", "both"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("way", ["layer norm", "padding", *slow("untouched", "dropout")])
def test_what_the_head_reads(way, loss, reads):
    check("gru", way, loss, reads=reads)


@pytest.mark.parametrize("way", ["linear", "zoneout", *slow("untouched", "mask")])
@pytest.mark.parametrize("piece", [1, 2, 7])
@pytest.mark.parametrize("kind", CELLS)
def test_a_layer_on_pieces(kind, piece, way):
    check(kind, way, piece=piece, layers=2 if piece == 2 else 1, reads="both")


@pytest.mark.parametrize("touched", ["h", "c"])
@pytest.mark.parametrize("way", ["mask", "dropout", "layer norm", *slow("half", "zoneout")])
@pytest.mark.parametrize("piece", [0, 2])
def test_one_of_an_lstms_states_is_touched(way, touched, piece):
    check("lstm", way, piece=piece, touched=touched)


@pytest.mark.parametrize("way", ["untouched", "cast", "mask", "layer norm", "residual", "padding", "clamp"])
@pytest.mark.parametrize("kind", ["lstm", *slow("rnn", "gru")])
def test_in_float32(kind, way):
    check(kind, way, dtype=torch.float32, reads="both")


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [0, 1, 2, 7])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", CELLS)
def test_every_combination(kind, layers, piece, way):
    layers = layers if piece else 1
    for loss in LOSSES:
        for reads in ("output", "state", "both"):
            for touched in ("h", "c", "hc") if kind == "lstm" else ("h",):
                check(kind, way, loss, piece=piece, layers=layers, reads=reads, touched=touched)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(list(CELLS)),
    ways=st.lists(st.sampled_from(list(WAYS)), min_size=6, max_size=6),
    shape=st.sampled_from([(0, 1), (1, 1), (1, 2), (2, 1), (2, 2)]),
    reads=st.sampled_from(["output", "state", "both"]),
    loss=st.sampled_from(list(LOSSES)),
)
def test_any_way_at_any_step(kind, ways, shape, reads, loss):
    torch.manual_seed(0)
    piece, layers = shape
    check(kind, ways, loss, steps=6 * max(piece, 1), piece=piece, layers=layers, reads=reads)


@pytest.mark.parametrize("way", DISGUISES)
@pytest.mark.parametrize("piece", [0, 1, 7])
def test_a_state_in_disguise_gives_the_recording_of_the_fused_layer(way, piece):
    model = Touched("gru", way, piece=piece).double()
    fused = torch.nn.GRU(3, 4).double()
    weights = model.rnn.state_dict()
    fused.load_state_dict({f"{name.removesuffix('_l0')}_l0": value for name, value in weights.items()})
    x = torch.randn(14, 3, 3).double()
    with gv.record(model, detail="full") as tape:
        last(model(x)).backward()
    with gv.record(fused, detail="full") as other:
        fused(x, torch.full((1, 3, 4), 0.1).double())[0][-1].pow(2).sum().backward()
    found, expected = tape["rnn"], other.dataset
    assert set(expected.data_vars) <= set(found.data_vars)
    for name in expected.data_vars:
        assert found[name].dims == expected[name].dims
        np.testing.assert_allclose(found[name], expected[name], rtol=2e-6, atol=1e-9, err_msg=str(name))


@pytest.mark.parametrize("way", ["mask", "dropout", "residual", "padding", *slow("half", "linear")])
@pytest.mark.parametrize("piece", [0, 2])
def test_the_total_at_the_state_that_is_handed_on(way, piece):
    model = Touched("gru", way, piece=piece)
    dataset, twin = recorded_and_twin(model, faint)
    assert dataset["log10_grad_state"].dims == dataset[v.LOG10_GRAD_H].dims
    assert_agrees(dataset, twin, state=True)


def test_a_step_whose_output_is_discarded_passes_gradient_on_by_the_state():
    """Sequence 1 keeps its state from call 2 on, sequence 2 from call 4 on; only the end is read."""
    dataset, _ = recorded_and_twin(Touched("gru", "padding", reads="state"), last)
    here = {name: dataset[name].values[0, 0, 0].T for name in dataset if dataset[name].dims[-1] == "sample"}
    for sample, length in ((1, 2), (2, 4)):
        total, direct = here[v.LOG10_GRAD_H][sample], here[v.LOG10_GRAD_H_DIRECT][sample]
        assert np.isneginf(total[length:]).all()
        assert np.isfinite(total[:length]).all()
        assert np.isfinite(direct).tolist() == [t == length - 1 for t in range(14)]
        assert np.isfinite(here["log10_grad_state"][sample][:-1]).all()
        assert not here["cut"][sample].any()
