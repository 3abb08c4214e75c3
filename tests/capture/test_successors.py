"""States from which several calls go on, and calls that no gradient reaches."""

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


def norms(tensors):
    """log10 of the norms of the tensors' gradients, (tensor, row)."""
    with np.errstate(divide="ignore"):
        return torch.stack([t.grad.norm(dim=-1) for t in tensors]).log10().numpy()


def retained(tensor):
    tensor.retain_grad()
    return tensor


def at(dataset, call, variable=v.LOG10_GRAD_H):
    """(time, sample) of one call, without steps that it does not have."""
    values = dataset[variable].isel(step=0, call=call, layer=0, direction=0)
    return values.dropna("time", how="all").dropna("sample", how="all").values


def cell_and_inputs():
    return nn.GRUCell(3, 4).double(), torch.randn(12, 2, 3).double()


def test_two_calls_from_one_state_end_the_sequence_there():
    cell, x = cell_and_inputs()
    with gv.record(cell, samples=None) as tape:
        h, stem = torch.zeros(2, 4).double(), []
        for t in range(4):
            h = retained(cell(x[t], h))
            stem.append(h)
        branches = []
        for first in (4, 8):
            branch, g = [], stem[-1]
            for t in range(first, first + 3):
                g = retained(cell(x[t], g))
                branch.append(g)
            branches.append(branch)
        (branches[0][-1].sum() + branches[1][-1].pow(2).sum()).backward()
    found = tape.dataset
    assert found.sizes["call"] == 3
    parts = sorted((at(found, call) for call in range(3)), key=len, reverse=True)
    np.testing.assert_allclose(parts[0], norms(stem), rtol=1e-6)
    others = [norms(branch) for branch in branches]
    assert any(np.allclose(parts[1], other, rtol=1e-6) for other in others)
    assert any(np.allclose(parts[2], other, rtol=1e-6) for other in others)
    stem_call = next(call for call in range(3) if len(at(found, call)) == 4)
    direct = at(found, stem_call, v.LOG10_GRAD_H_DIRECT)
    assert np.isneginf(direct[:-1]).all()
    np.testing.assert_allclose(direct[-1], norms(stem)[-1], rtol=1e-6)  # what both branches bring


def test_a_look_ahead_from_a_state_that_is_touched():
    """Both calls are given one and the same masked state."""
    cell, x = cell_and_inputs()
    mask = torch.tensor([[1.0], [0.5]]).double()
    with gv.record(cell, samples=None) as tape:
        first = retained(cell(x[0], torch.zeros(2, 4).double()))
        handed = first * mask
        one, two = retained(cell(x[1], handed)), retained(cell(x[2], handed))
        (one.sum() + two.sum()).backward()
    assert tape.dataset.sizes["call"] == 3
    expected = norms([first, one, two])
    found = np.concatenate([at(tape.dataset, call) for call in range(3)])
    np.testing.assert_allclose(np.sort(found, 0), np.sort(expected, 0), rtol=1e-6)


def test_a_tree():
    cell, x = cell_and_inputs()
    with gv.record(cell, samples=None) as tape:
        zero = torch.zeros(2, 4).double()
        leaves = [retained(cell(x[t], zero)) for t in range(2)]
        parent = retained(cell(x[2], leaves[0] + leaves[1]))
        parent.pow(2).sum().backward()
    found = [at(tape.dataset, call) for call in range(3)]
    np.testing.assert_allclose(np.concatenate(found), norms([*leaves, parent]), rtol=1e-6)


def test_a_beam_ends_in_calls_with_a_warning_and_no_sequence_stands_in_anothers_column():
    cell, x = cell_and_inputs()
    with gv.record(cell, samples=None) as tape:
        h, states = torch.zeros(2, 4).double(), []
        for t in range(3):
            h = retained(cell(x[t], h))
            states.append(h)
        with pytest.warns(RuntimeWarning, match="its 2 rows cannot be followed"):
            h = retained(cell(x[4:6].flatten(0, 1), h.repeat_interleave(2, 0)))
        h.pow(2).sum().backward()
    found = tape.dataset
    np.testing.assert_allclose(at(found, 0), norms(states), rtol=1e-6)
    np.testing.assert_allclose(at(found, 1), norms([h]), rtol=1e-6)


def test_calls_without_gradient_are_counted():
    cell, x = cell_and_inputs()
    with gv.record(cell, samples=None) as tape:
        for _ in range(3):
            h = torch.zeros(2, 4).double()
            for t in range(4):
                h = cell(x[t], h)
        h.sum().backward()
        tape.step()
        h = torch.zeros(2, 4).double()
        for t in range(4):
            h = cell(x[t], h)
        h.sum().backward()
        tape.step()
    assert "call" not in tape.dataset.dims
    np.testing.assert_array_equal(tape.dataset[v.CALLS_WITHOUT_GRADIENT], [2, np.nan])


def test_a_reverse_direction_in_pieces_stays_calls():
    gru, x = nn.GRU(3, 4, bidirectional=True).double(), torch.randn(6, 2, 3).double()
    with gv.record(gru, samples=None) as tape:
        _, state = gru(x[:3])
        gru(x[3:], state)[0].sum().backward()
    assert tape.dataset.sizes["call"] == 2
    assert np.isfinite(tape.dataset[v.LOG10_GRAD_H].isel(call=0)).all()
