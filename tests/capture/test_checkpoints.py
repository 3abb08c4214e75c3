"""Activation checkpoints around the steps of a loop: the calls that they make again are not new ones."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import gradviz as gv
from gradviz import vocabulary as v

AFTER = {"nothing": lambda h: h, "tanh": torch.tanh, "half": lambda h: 0.5 * h}


def loop(cell, x, after, step):
    h = torch.zeros(2, 4, dtype=x.dtype, requires_grad=True)
    for x_t in x:
        h = step(lambda x_t, h: AFTER[after](cell(x_t, h)), x_t, h)
    return h.pow(2).sum()


@pytest.mark.parametrize("after", AFTER)
def test_a_checkpoint_around_every_step_leaves_one_time_axis(after):
    cell, x = nn.GRUCell(3, 4).double(), torch.randn(6, 2, 3).double()
    found = []
    for step in (lambda f, *given: f(*given), lambda f, *given: checkpoint(f, *given, use_reentrant=False)):
        with gv.record(cell, samples=None) as tape:
            loop(cell, x, after, step).backward()
        found.append(tape.dataset)
    plain, again = found
    assert "call" not in again.dims
    assert v.CALLS_WITHOUT_GRADIENT not in again
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_H_DIRECT, v.LOG10_GRAD_GATE):
        np.testing.assert_allclose(again[name], plain[name], rtol=2e-6, err_msg=name)


@pytest.mark.parametrize("after", AFTER)
def test_a_reentrant_checkpoint_around_every_step_gives_exact_totals_by_call(after):
    """The state of one step is a copy to the next, and the steps run again from the last to the first."""
    cell, x = nn.GRUCell(3, 4).double(), torch.randn(6, 2, 3).double()
    with gv.record(cell, samples=None) as tape:
        loop(cell, x, after, lambda f, *given: checkpoint(f, *given, use_reentrant=True)).backward()
    with gv.record(cell, samples=None) as plain:
        loop(cell, x, after, lambda f, *given: f(*given)).backward()
    totals = tape.dataset[v.LOG10_GRAD_H].values[0, ::-1, 0, 0, 0]
    np.testing.assert_allclose(totals, plain.dataset[v.LOG10_GRAD_H].values[0, 0, 0], rtol=2e-6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_rows_are_followed_in_half_precision_too(dtype):
    torch.manual_seed(0)
    cell, x, lengths = nn.GRUCell(3, 4).to(dtype), torch.randn(6, 5, 3).to(dtype), [6, 5, 3, 2, 1]
    h = torch.zeros(5, 4, dtype=dtype)
    with gv.record(cell, samples=None) as tape:
        for t in range(6):
            b = sum(t < n for n in lengths)
            h = cell(x[t, :b], h[:b]) * 0.9
        h.double().sum().backward()
    total = tape.dataset[v.LOG10_GRAD_H].isel(step=0, layer=0, direction=0)
    assert total.sizes["sample"] == 5
    assert total.notnull().sum("time").values.tolist() == lengths
    assert np.isfinite(total.isel(sample=0)).all()
    assert np.isneginf(total.isel(sample=slice(1, None), time=0)).all()
