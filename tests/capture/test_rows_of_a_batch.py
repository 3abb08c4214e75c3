"""A batch that shrinks, grows or is put in another order along a loop: each sequence keeps its own column."""

import numpy as np
import pytest
import torch
from capture.agreement import assert_agrees
from capture.sequence_twin import SequenceTwin
from capture.touched import CELLS, INPUTS, LAYERS, UNITS, slow
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv

BATCH = 4
# rows of a batch of 4 that go on, however they are written
SELECTED = {
    "slice": (lambda h: h[:2], [0, 1]),
    "last rows": (lambda h: h[-2:], [2, 3]),
    "every other": (lambda h: h[::2], [0, 2]),
    "list": (lambda h: h[[2]], [2]),
    "tensor": (lambda h: h[torch.tensor([3, 1])], [3, 1]),
    "mask": (lambda h: h[torch.tensor([True, False, True, True])], [0, 2, 3]),
    "index select": (lambda h: h.index_select(0, torch.tensor([1, 3])), [1, 3]),
    "narrow": (lambda h: h.narrow(0, 1, 2), [1, 2]),
    "split": (lambda h: h.split([1, 3])[1], [1, 2, 3]),
    "order": (lambda h: h[[2, 0, 3, 1]], [2, 0, 3, 1]),
    "flip": (lambda h: h.flip(0), [3, 2, 1, 0]),
    "cat of rows": (lambda h: torch.cat([h[3:], h[:1]]), [3, 0]),
    "selected and halved": (lambda h: 0.5 * h[[2, 1]], [2, 1]),
}


class Selected(nn.Module):
    """Rows are selected before call 3; ``select`` is given a state of shape (batch, unit)."""

    def __init__(self, kind, select, rows, *, layer=False):
        super().__init__()
        self.rnn = (LAYERS if layer else CELLS)[kind](INPUTS, UNITS)
        self.layer, self.select, self.has_cell_state = layer, select, kind == "lstm"
        self.rows = [list(range(BATCH))] * 3 + [rows] * 3
        self.double()

    def forward(self, x):
        state, loss = None, 0.0
        for t, rows in enumerate(self.rows):
            if t == 3:
                states = [self.selected(s) for s in (state if self.has_cell_state else [state])]
                state = tuple(states) if self.has_cell_state else states[0]
            x_t = x[t, rows]
            state = self.rnn(x_t[None], state)[1] if self.layer else self.rnn(x_t, state)
            h = state[0] if self.has_cell_state else state
            loss = loss + (t in {1, 5}) * (h - 0.1 * t).pow(2).sum()
        return loss

    def selected(self, state):
        return self.select(state[0])[None] if self.layer else self.select(state)


def recorded(model, x):
    with gv.record(model, samples=None, detail="full") as tape:
        model(x).backward()
    return tape["rnn"], SequenceTwin(model, "rnn", lambda model: model(x))


@pytest.mark.parametrize("layer", [False, *slow(True)])
@pytest.mark.parametrize("way", SELECTED)
def test_selected_rows(way, layer):
    select, rows = SELECTED[way]
    model = Selected("gru", select, rows, layer=layer)
    dataset, twin = recorded(model, torch.randn(6, BATCH, INPUTS).double())
    assert_agrees(dataset, twin, rows=model.rows)


@pytest.mark.parametrize(("kind", "layer"), [("lstm", True), ("lstm", False), ("rnn", True)])
@pytest.mark.parametrize("way", ["slice", "list", "mask", "order"])
def test_selected_rows_of_other_cells(kind, layer, way):
    select, rows = SELECTED[way]
    model = Selected(kind, select, rows, layer=layer)
    dataset, twin = recorded(model, torch.randn(6, BATCH, INPUTS).double())
    assert_agrees(dataset, twin, rows=model.rows, cell_state=kind == "lstm")


@pytest.mark.parametrize("kind", CELLS)
def test_the_batch_shrinks_step_by_step(kind):
    sizes = [4, 4, 3, 3, 2, 1]

    class Shrinking(Selected):
        def forward(self, x):
            state, loss = None, 0.0
            for t, size in enumerate(sizes):
                if t:
                    state = tuple(s[:size] for s in state) if self.has_cell_state else state[:size]
                state = self.rnn(x[t, :size], state)
                loss = loss + (state[0] if self.has_cell_state else state).pow(2).sum()
            return loss

    dataset, twin = recorded(Shrinking(kind, None, []), torch.randn(6, BATCH, INPUTS).double())
    assert_agrees(dataset, twin, cell_state=kind == "lstm")
    there = dataset["log10_grad_h"].notnull().sum("time").values.ravel().tolist()
    assert there == [6, 5, 4, 2]


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("begins", ["zeros", "learned"])
def test_the_batch_grows(kind, begins):
    """A fifth and a sixth sequence begin at steps 2 and 3."""

    class Growing(Selected):
        def __init__(self):
            super().__init__(kind, None, [])
            self.first = nn.Parameter(torch.full((1, UNITS), 0.3).double())

        def forward(self, x):
            state, loss = None, 0.0
            for t in range(6):
                state = self.grown(state) if t in {2, 3} else state
                states = state if self.has_cell_state else (state,)
                size = BATCH if t == 0 else len(states[0])
                state = self.rnn(x[t, :size], state)
                loss = loss + (t % 2) * (state[0] if self.has_cell_state else state).cos().sum()
            return loss

        def grown(self, state):
            new = self.first if begins == "learned" else torch.zeros_like(self.first)
            if self.has_cell_state:
                return tuple(torch.cat([part, new]) for part in state)
            return torch.cat([state, new])

    dataset, twin = recorded(Growing(), torch.randn(6, BATCH + 2, INPUTS).double())
    assert_agrees(dataset, twin, cell_state=kind == "lstm", samples=BATCH + 2)
    first = dataset["log10_grad_h"][0, 0, 0].notnull().argmax("time").values.tolist()
    assert first == [0, 0, 0, 0, 2, 3]


def test_a_sequence_that_ended_does_not_get_the_numbers_of_another():
    cell, x = nn.GRUCell(INPUTS, UNITS), torch.randn(8, 3, INPUTS)
    with gv.record(cell) as tape:
        h = torch.zeros(3, UNITS)
        for t in range(8):
            h = cell(x[t] if t < 4 else x[t, [2]], h)
            h = h[[2]] if t == 3 else h
        h.sum().backward()
    found = tape.dataset["log10_grad_h"][0, 0, 0].values
    assert np.isneginf(found[:4, :2]).all()
    assert np.isnan(found[4:, :2]).all()
    assert np.isfinite(found[:, 2]).all()


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("layers", [1, 2])
def test_packed_pieces(kind, layers):
    """The first piece has the same length for all, so that each sequence's time goes on without a gap."""
    model = nn.ModuleDict({"rnn": LAYERS[kind](INPUTS, UNITS, layers)}).double()
    pieces = [
        pack_padded_sequence(torch.randn(max(lengths), 3, INPUTS).double(), lengths, enforce_sorted=False)
        for lengths in ([2, 2, 2], [4, 7, 1])
    ]

    def run(model):
        out, state = model["rnn"](pieces[0])
        after, state = model["rnn"](pieces[1], state)
        return out.data.cos().sum() + after.data.pow(2).sum() + (state[0] if kind == "lstm" else state).sum()

    with gv.record(model, samples=None, detail="full") as tape:
        run(model).backward()
    dataset = tape["rnn"]
    assert "call" not in dataset.dims
    assert_agrees(dataset, SequenceTwin(model, "rnn", run), cell_state=kind == "lstm")
    assert dataset["log10_grad_h"][0, 0, 0].notnull().sum("time").values.tolist() == [6, 9, 3]
