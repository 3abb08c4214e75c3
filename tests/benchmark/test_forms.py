"""The other forms of a network train as the fused one, and are recorded with the same numbers."""

import numpy as np
import pytest
import torch

from gradviz.benchmark.forms import FUSED, LOOP, STEPWISE, in_form, native_in_form, recorded_in_form
from gradviz.benchmark.steps import make_workload
from gradviz.capture.record import record


def norms(workload):
    with record(workload.model, samples=None) as tape:
        torch.nn.functional.mse_loss(workload.model(workload.inputs), workload.targets).backward()
    return tape.dataset["log10_grad_h"].squeeze().values


@pytest.mark.parametrize("form", [LOOP, STEPWISE])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_gradients_are_those_of_the_fused_layer(tiny, cell, form):
    workload = make_workload(cell, 5, tiny)
    found = norms(in_form(workload.copy(), form))
    assert found.shape == (5, 4)
    np.testing.assert_allclose(found, norms(workload), atol=1e-4)


def test_both_steps_train_the_weights_of_the_workload(tiny):
    workload = make_workload("lstm", 5, tiny)
    plain, watched = workload.copy(), workload.copy()
    with native_in_form(plain, form=LOOP) as one, recorded_in_form(watched, form=LOOP) as other:
        for _ in range(2):
            one()
            other()
    for old, a, b in zip(*(w.model.parameters() for w in (workload, plain, watched)), strict=True):
        assert not torch.equal(old, a)
        assert torch.equal(a, b)


def test_the_fused_layer_is_left_as_it_is(tiny):
    workload = make_workload("gru", 5, tiny)
    assert in_form(workload, FUSED) is workload
