"""A cell is added in a few lines, and everything then works with it; see peephole.py."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from cells.peephole import DESCRIPTION, NAME, SPEC, PeepholeCell, peephole_cell

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS
from gradviz.cells.cell_table import CELL_SPECS
from gradviz.errors import NotSeenWarning
from gradviz.plots.drawing.palette import CELL_COLOURS


@pytest.fixture
def peephole(monkeypatch):
    monkeypatch.setitem(CELLS, NAME, DESCRIPTION)
    monkeypatch.setitem(CELL_SPECS, NAME, SPEC)
    monkeypatch.setitem(CELL_COLOURS, NAME, "#000000")
    return PeepholeCell(3, 5).double()


def loop(cell, x):
    h, c = torch.zeros(2, 4, 5, dtype=x.dtype)
    states = []
    for x_t in x:
        h, c = cell(x_t, (h, c))
        states.append((h, c))
    return states


def log10_norms(tensors):
    return torch.stack([t.grad.norm(dim=-1) for t in tensors]).log10().numpy()


def test_it_is_recorded_exactly(peephole):
    x = torch.randn(9, 4, 3, dtype=torch.float64)
    with gv.record(peephole, detail="full") as tape:
        states = loop(peephole, x)
        (states[-1][0].sum() + states[-1][1].sin().sum()).backward()
    found = tape.dataset.isel(step=0, layer=0, direction=0)
    twin = loop(peephole, x)
    for h, c in twin:
        h.retain_grad()
        c.retain_grad()
    peephole.zero_grad()
    (twin[-1][0].sum() + twin[-1][1].sin().sum()).backward()
    np.testing.assert_allclose(found[v.LOG10_GRAD_H], log10_norms([h for h, _ in twin]), atol=2e-6)
    np.testing.assert_allclose(found[v.LOG10_GRAD_C], log10_norms([c for _, c in twin]), atol=2e-6)
    assert (found[v.LOG10_GRAD_H_DIRECT][:-1] == -np.inf).all()
    assert tape.dataset.attrs[v.REPLAY_ERROR] < 1e-12
    at_gates = torch.from_numpy(found[v.GRAD_GATES].values)  # (time, sample, gate, unit)
    rebuilt = torch.einsum("tsg,tsi->gi", at_gates.flatten(2), x)
    torch.testing.assert_close(rebuilt, peephole.weight_ih.grad, rtol=1e-10, atol=1e-12)


def test_everything_behind_the_recording_works(peephole):
    with gv.record(peephole, detail="full") as tape:
        loop(peephole, torch.randn(30, 4, 3, dtype=torch.float64))[-1][0].sum().backward()
    assert gv.time_constants(tape.tree)["time_constant"].sizes["unit"] == 5
    assert (gv.write_weight(tape.tree)["write_weight"] > 0).all()
    assert gv.gradient_paths(tape.tree)["log10_grad_path"]["path"].values.tolist() == list(DESCRIPTION.paths)
    assert "LSTM with peepholes" in str(gv.diagnose(tape.tree, lag=29))
    assert gv.plot_gradient_norms(tape.tree).texts[0].get_text() == "LSTM with peepholes"
    plt.close("all")


def test_taken_away_again_it_is_a_stranger():
    cell = PeepholeCell(3, 5).double()
    with pytest.warns(NotSeenWarning, match="no call of it was seen"), gv.record(cell):
        loop(cell, torch.randn(2, 4, 3, dtype=torch.float64))[-1][0].sum().backward()
    assert NAME not in CELL_SPECS
    assert NAME not in CELLS
    assert peephole_cell is SPEC.step_function


def test_a_carried_gradient_needs_a_gate_that_keeps(peephole, monkeypatch):
    monkeypatch.setitem(CELLS, NAME, replace(DESCRIPTION, keeps=None))
    with (
        pytest.raises(ValueError, match=r"LSTM with peepholes carries a gradient .* \(keeps=\)"),
        gv.record(peephole, detail="full"),
    ):
        loop(peephole, torch.randn(2, 4, 3, dtype=torch.float64))[-1][0].sum().backward()


def test_only_a_cell_with_a_layer_is_replayed_as_one():
    with pytest.raises(ValueError, match="'peephole_lstm' has no layer, only single steps"):
        SPEC.replay_layer(None, None, None)
