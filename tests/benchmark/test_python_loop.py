"""The alternatives train the same network and give the same gradients as the recording."""

import numpy as np
import pytest
import torch

from gradviz.benchmark.python_loop import with_hooks, with_retain_grad
from gradviz.benchmark.steps import make_work, native
from gradviz.capture.record import record


def recorded_norms(work):
    """(time * state, batch), the h and c of an LSTM in turn."""
    with record(work.model, samples=None) as tape:
        torch.nn.functional.mse_loss(work.model(work.inputs), work.targets).backward()
    found = [
        10.0 ** tape.dataset[name].isel(step=0, layer=0, direction=0).values
        for name in ("log10_grad_h", "log10_grad_c")
        if name in tape.dataset
    ]
    return np.stack(found, axis=1).reshape(-1, len(work.inputs))


@pytest.mark.parametrize("opener", [with_retain_grad, with_hooks])
@pytest.mark.parametrize("cell", ["rnn", "rnn_relu", "lstm", "gru"])
def test_the_norms_are_those_of_the_recording(tiny, cell, opener):
    work = make_work(cell, 5, tiny)
    expected = recorded_norms(work.twin())
    with opener(work.twin()) as step:
        np.testing.assert_allclose(step().detach(), expected, rtol=1e-4)


@pytest.mark.parametrize("opener", [with_retain_grad, with_hooks])
def test_it_trains_as_the_native_layer_does(tiny, opener):
    work = make_work("gru", 5, tiny)
    twin = work.twin()
    before = [p.detach().clone() for p in work.model.parameters()]
    with native(work) as plain, opener(twin) as other:
        for _ in range(3):
            plain()
            other()
    for old, a, b in zip(before, work.model.parameters(), twin.model.parameters(), strict=True):
        assert not torch.equal(old, a)
        torch.testing.assert_close(a, b)
