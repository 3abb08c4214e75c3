"""Where no gradient goes back to the step before: one time axis, and ``cut`` says where and for whom."""

import numpy as np
import pytest
import torch
from capture.agreement import CUT, assert_agrees, cuts_of
from capture.sequence_twin import SequenceTwin
from capture.touched import CELLS, INPUTS, LAYERS, SAMPLES, UNITS, slow
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v

STEPS = 8
PLACES = [("gru", 0), ("lstm", 2), *slow(("rnn", 0), ("lstm", 0), ("rnn", 2), ("gru", 2))]
ENDED = torch.tensor([[False], [True], [False]])


def in_place(h):
    h = h.clone()
    h[1] = 0.0
    return h


DETACHED = {
    "detach": lambda h: h.detach(),
    "data": lambda h: h.data,
    "detach and clone": lambda h: h.detach().clone(),
    "new tensor": lambda h: torch.tensor(h.tolist(), dtype=h.dtype),
    "detach and mask": lambda h: h.detach() * (~ENDED).to(h),
    "detach and require": lambda h: h.detach().clone().requires_grad_(),
}
ONE_SEQUENCE = {
    "times zero": lambda h: h * (~ENDED).to(h),
    "times zero per unit": lambda h: h * (~ENDED).to(h).expand(h.shape),
    "where": lambda h: torch.where(ENDED, torch.zeros_like(h), h),
    "masked fill": lambda h: h.masked_fill(ENDED, 0.0),
    "new state": lambda h: torch.where(ENDED, torch.full_like(h, 0.2), h),
    "detached where": lambda h: torch.where(ENDED, h.detach(), h),
}
NOBODY = {
    "half": lambda h: 0.5 * h,
    "one unit lost": lambda h: h * torch.tensor([0.0, 1.0, 1.0, 1.0]).to(h),
    "partly detached": lambda h: 0.5 * h + 0.5 * h.detach(),
}


class Loop(nn.Module):
    """A loss on every step; ``between(state, step, "h" or "c")`` is done to what is handed on."""

    def __init__(self, kind, between, *, piece=0):
        super().__init__()
        self.rnn = LAYERS[kind](INPUTS, UNITS) if piece else CELLS[kind](INPUTS, UNITS)
        self.has_cell_state, self.between, self.piece = kind == "lstm", between, piece
        self.double()

    def forward(self, x):
        state, loss, size = None, 0.0, self.piece or 1
        for k, part in enumerate(x.split(size)):
            out, state = self.rnn(part, state) if self.piece else (None, self.rnn(part[0], state))
            states = state if self.has_cell_state else (state,)
            loss = loss + ((states[0] if out is None else out) - 0.1 * k).pow(2).sum()
            states = [self.between(s, (k + 1) * size, name) for name, s in zip("hc", states, strict=False)]
            state = tuple(states) if self.has_cell_state else states[0]
        return loss


def check(model, cuts, steps=STEPS):
    x = torch.randn(steps, SAMPLES, INPUTS).double()
    with gv.record(model, samples=None, detail="full") as tape:
        model(x).backward()
    dataset, twin = tape["rnn"], SequenceTwin(model, "rnn", lambda model: model(x))
    assert "call" not in dataset.dims
    assert_agrees(dataset, twin, cell_state=model.has_cell_state)
    assert not cuts or dataset[CUT].dims == ("step", "layer", "direction", "time", "sample")
    expected = np.zeros((steps, SAMPLES))
    for t, sample in cuts:
        expected[t, sample] = 1
    np.testing.assert_array_equal(cuts_of(dataset)[0, 0], expected)
    return dataset


@pytest.mark.parametrize("way", DETACHED)
@pytest.mark.parametrize(("kind", "piece"), PLACES)
def test_a_detached_state(kind, piece, way):
    between = DETACHED[way]
    model = Loop(kind, lambda s, t, name: between(s) if t == 4 else s, piece=piece)
    dataset = check(model, [(4, sample) for sample in range(SAMPLES)])
    total, direct = (dataset[name][0, 0, 0].values for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_H_DIRECT))
    np.testing.assert_allclose(total[3], direct[3], atol=1.3e-6)
    assert np.isfinite(total).all()
    assert (abs(total[2] - direct[2]) > 1e-4).all()


@pytest.mark.parametrize("way", ONE_SEQUENCE)
@pytest.mark.parametrize(("kind", "piece"), PLACES)
def test_one_sequence_ends(kind, piece, way):
    between = ONE_SEQUENCE[way]
    check(Loop(kind, lambda s, t, name: between(s) if t == 4 else s, piece=piece), [(4, 1)])


def test_one_sequence_is_set_to_zero_in_place():
    check(Loop("gru", lambda s, t, name: in_place(s) if t == 4 else s), [(4, 1)])


@pytest.mark.parametrize("way", NOBODY)
@pytest.mark.parametrize(("kind", "piece"), PLACES)
def test_a_part_that_is_lost_is_not_a_cut(kind, piece, way):
    between = NOBODY[way]
    check(Loop(kind, lambda s, t, name: between(s) if t == 4 else s, piece=piece), [])


@pytest.mark.parametrize("lost", ["h", "c"])
@pytest.mark.parametrize("way", ["detach", "detach and clone", "detach and mask"])
def test_one_state_of_an_lstm_still_brings_gradient(lost, way):
    between = DETACHED[way]
    check(Loop("lstm", lambda s, t, name: between(s) if t == 4 and name == lost else s), [])


@pytest.mark.parametrize(("kind", "piece"), [*PLACES, ("gru", 1)])
def test_truncated_every_few_steps(kind, piece):
    model = Loop(kind, lambda s, t, name: s.detach() if t % 4 == 0 else s, piece=piece)
    check(model, [(t, sample) for t in (4, 8) for sample in range(SAMPLES)], steps=12)


def test_a_state_detached_at_every_step_has_only_direct_gradient():
    dataset = check(
        Loop("gru", lambda s, t, name: s.detach()), [(t, b) for t in range(1, STEPS) for b in range(SAMPLES)]
    )
    np.testing.assert_allclose(dataset[v.LOG10_GRAD_H], dataset[v.LOG10_GRAD_H_DIRECT], atol=1.3e-6)


def test_nothing_is_cut_where_the_loss_is_early():
    """No gradient comes back from the steps after 2, but the states are handed on whole."""
    cell, x = nn.GRUCell(INPUTS, UNITS).double(), torch.randn(6, SAMPLES, INPUTS).double()
    with gv.record(cell, samples=None) as tape:
        h, states = None, []
        for x_t in x:
            h = cell(x_t, h)
            states.append(h)
        states[2].pow(2).sum().backward()
    total = tape.dataset[v.LOG10_GRAD_H][0, 0, 0]
    assert np.isneginf(total[3:]).all()
    assert np.isfinite(total[:3]).all()
    assert CUT not in tape.dataset or not tape.dataset[CUT].any()


@pytest.mark.parametrize("kind", CELLS)
def test_a_state_that_is_kept_from_one_training_step_to_the_next(kind):
    """Each training step has its own time axis, and its first step is not a cut."""
    layer, state = LAYERS[kind](INPUTS, UNITS), None
    with gv.record(layer) as tape:
        for _ in range(3):
            out, state = layer(torch.randn(4, SAMPLES, INPUTS), state)
            out.pow(2).sum().backward()
            state = tuple(s.detach() for s in state) if kind == "lstm" else state.detach()
            tape.step()
    assert "call" not in tape.dataset.dims
    assert dict(tape.dataset[v.LOG10_GRAD_H].sizes) | {"step": 3, "time": 4} == dict(
        tape.dataset[v.LOG10_GRAD_H].sizes
    )
    assert CUT not in tape.dataset or not tape.dataset[CUT].any()
