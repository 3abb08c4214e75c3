"""The alternatives train the same network and give the same gradients as the recorder."""

import numpy as np
import pytest
import torch

from gradviz.benchmark.python_loop import with_hooks, with_retain_grad
from gradviz.benchmark.steps import make_workload, native
from gradviz.capture.record import record


def recorded_norms(workload):
    """Norms (time * state, batch); h and c of an LSTM alternate."""
    with record(workload.model, samples=None) as tape:
        torch.nn.functional.mse_loss(workload.model(workload.inputs), workload.targets).backward()
    found = [
        10.0 ** tape.dataset[name].isel(step=0, layer=0, direction=0).values
        for name in ("log10_grad_h", "log10_grad_c")
        if name in tape.dataset
    ]
    return np.stack(found, axis=1).reshape(-1, len(workload.inputs))


@pytest.mark.parametrize("opener", [with_retain_grad, with_hooks])
@pytest.mark.parametrize("cell", ["rnn", "rnn_relu", "lstm", "gru"])
def test_the_norms_are_those_of_the_recording(tiny, cell, opener):
    workload = make_workload(cell, 5, tiny)
    expected = recorded_norms(workload.copy())
    with opener(workload.copy()) as step:
        np.testing.assert_allclose(step().detach(), expected, rtol=1e-4)


@pytest.mark.parametrize("opener", [with_retain_grad, with_hooks])
def test_it_trains_as_the_native_layer_does(tiny, opener):
    workload = make_workload("gru", 5, tiny)
    copy = workload.copy()
    before = [p.detach().clone() for p in workload.model.parameters()]
    with native(workload) as plain, opener(copy) as other:
        for _ in range(3):
            plain()
            other()
    for old, a, b in zip(before, workload.model.parameters(), copy.model.parameters(), strict=True):
        assert not torch.equal(old, a)
        torch.testing.assert_close(a, b)
