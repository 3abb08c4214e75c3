"""Sequences that several calls made: a healthy one and an ill one for every rule that speaks of them."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import gradviz as gv
from gradviz.diagnosis import kinds as k

STEPS, BATCH, INPUTS, UNITS = 20, 4, 3, 16
LENGTHS = torch.tensor([20, 15, 11, 6])


def as_is(t, new, old):
    return new


def dropout(t, new, old):
    return F.dropout(new, 0.1)


def padding(t, new, old):
    return torch.where((t < LENGTHS)[:, None], new, old)


def padding_before(t, new, old):
    return torch.where((t >= STEPS - LENGTHS)[:, None], new, old)


def layer_norm(t, new, old):
    return F.layer_norm(new, (UNITS,))


def zoneout(t, new, old):
    return torch.where(torch.rand(BATCH, UNITS) < 0.2, old, new)


def ended_episodes(t, new, old):
    """Episodes of all sequences but the third end, at different steps."""
    keep = torch.tensor([t != 5, t not in (3, 12), True, t != 9])
    return new * keep[:, None]


def all_episodes_end(t, new, old):
    return new * (t != 9)


WAYS = (as_is, dropout, padding, padding_before, layer_norm, zoneout, ended_episodes)
KINDS = {"gru": (nn.GRU, nn.GRUCell), "lstm": (nn.LSTM, nn.LSTMCell)}


def every(steps):
    return range(steps, STEPS, steps)


@dataclass
class Recurrent:
    """A recurrence with long memory in a loop, recorded with a loss at its last step or at every one."""

    kind: str = "gru"
    is_cell: bool = True
    way: object = as_is
    detached_before: tuple = ()
    piece: int = 1
    every_step: bool = False

    def layer(self):
        fused, cell = KINDS[self.kind]
        kind = cell if self.is_cell else fused
        return gv.initialise(kind(INPUTS, UNITS), "chrono", t_max=40)

    def run(self, layer, x):
        state, outs = None, []
        for t, piece in zip(range(0, STEPS, self.piece), x.split(self.piece), strict=True):
            if t in self.detached_before:
                state = tuple(s.detach() for s in state) if self.kind == "lstm" else state.detach()
            if not self.is_cell:
                out, state = layer(piece, state)
                outs.append(out)
                continue
            old = state
            new = layer(piece[0], old)
            if self.kind == "lstm":
                outs.append(new[0][None])
                old = tuple(torch.zeros_like(s) for s in new) if old is None else old
                state = tuple(self.way(t, *pair) for pair in zip(new, old, strict=True))
            else:
                outs.append(new[None])
                state = self.way(t, new, torch.zeros_like(new) if old is None else old)
        return torch.cat(outs), (state[0] if self.kind == "lstm" else state).reshape(-1, UNITS)

    def tree(self):
        torch.manual_seed(0)
        layer, head = self.layer(), nn.Linear(UNITS, 1)
        with gv.record(layer) as tape:
            outs, last = self.run(layer, torch.randn(STEPS, BATCH, INPUTS))
            head(outs if self.every_step else last).pow(2).mean().backward()
        return tape.tree


def found(tree, lag=STEPS - 1):
    """What is found that is more than a note."""
    return [finding for finding in gv.diagnose(tree, lag=lag) if finding.severity != "note"]


def assert_cut(tree, steps, run, how="detached in every sequence"):
    (finding,) = found(tree)
    assert (finding.kind, finding.severity) == (k.DETACHED, "trouble")
    assert f"handed on to {steps} is {how}" in finding.what
    assert [amount.variable for amount in finding.amounts] == [
        "longest_unbroken_run",
        "steps_cut",
        "sequences_cut",
    ]
    assert finding.amounts[0].value == run
    assert all(amount.recompute(tree) == amount.value for amount in finding.amounts)


@pytest.mark.parametrize("kind", ["gru", pytest.param("lstm", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("every_step", "piece"), [(False, 5), (True, 1)])
def test_layers_called_on_steps_or_pieces(kind, every_step, piece):
    options = {"is_cell": False, "piece": piece, "every_step": every_step}
    assert not found(Recurrent(kind, **options).tree())
    assert_cut(Recurrent(kind, detached_before=every(5), **options).tree(), "time steps 5, 10 and 15", 4)


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        pytest.param(kind, way, marks=[pytest.mark.slow] if (number + place) % len(KINDS) else [])
        for number, kind in enumerate(KINDS)
        for place, way in enumerate(WAYS)
    ],
)
def test_cells_whose_states_are_touched(kind, way):
    lag = 12 if way in (padding, padding_before) else STEPS - 1
    assert not found(Recurrent(kind, way=way).tree(), lag)
    cut = Recurrent(kind, way=way, detached_before=every(6))
    assert (k.DETACHED, "trouble") in [(finding.kind, finding.severity) for finding in found(cut.tree(), lag)]


@pytest.mark.parametrize("way", [as_is, dropout, layer_norm, zoneout])
def test_a_loss_on_every_step(way):
    assert not found(Recurrent(way=way, every_step=True).tree())


@pytest.mark.parametrize("way", [as_is, ended_episodes])
def test_a_loss_on_every_step_with_a_detached_state(way):
    if way is as_is:
        cut = Recurrent(every_step=True, detached_before=every(7)).tree()
        assert_cut(cut, "time steps 7 and 14", 6)
    else:
        cut = Recurrent(way=way, every_step=True, detached_before=every(7)).tree()
        assert_cut(cut, "time steps 4, 6, 7, 10, 13 and 14", 6)


@pytest.mark.parametrize("is_cell", [True, False])
def test_detached_at_every_step(is_cell):
    cut = Recurrent(is_cell=is_cell, every_step=True, detached_before=every(1)).tree()
    (finding,) = found(cut)
    assert (finding.kind, finding.severity) == (k.DIRECT_ONLY, "trouble")
    assert "cut at every step" in finding.what
    steps = {amount.variable: amount.value for amount in finding.amounts}["steps_cut"]
    assert steps == STEPS - 1


def test_a_lag_within_the_pieces():
    cut = Recurrent(every_step=True, detached_before=every(7)).tree()
    assert not found(cut, 6)
    assert found(cut, 7)


def test_many_cuts_are_counted():
    cut = Recurrent(every_step=True, detached_before=every(2)).tree()
    (finding,) = found(cut)
    assert "9 time steps (the first is 2, the last 18)" in finding.what


def test_a_mask_of_all_sequences_may_be_right():
    (finding,) = found(Recurrent(way=all_episodes_end, every_step=True).tree(), 12)
    assert (finding.kind, finding.severity) == (k.DETACHED, "warning")
    assert "handed on to time step 10 is set to zero (a mask" in finding.what
    assert not found(Recurrent(way=all_episodes_end, every_step=True).tree(), 9)


def test_a_mask_of_all_sequences_does_not_count_as_vanishing():
    assert [f.kind for f in found(Recurrent(way=all_episodes_end).tree(), 12)] == [k.DETACHED]


def test_a_cut_of_some_sequences_is_left_to_them():
    tree = Recurrent(way=ended_episodes).tree()
    assert gv.gradient_reach(tree)["sequences_cut"].item() == 0.75
    assert not found(tree)


@pytest.mark.parametrize("kind", ["gru", pytest.param("rnn", marks=pytest.mark.slow)])
def test_a_memory_that_is_too_short_is_found_through_dropout_and_padding(kind):
    for way, lag in ((dropout, 19), (padding, 19), (zoneout, 19), (ended_episodes, 19)):
        torch.manual_seed(0)
        cell = {"gru": nn.GRUCell, "rnn": nn.RNNCell}[kind](INPUTS, UNITS)
        with torch.no_grad():
            cell.weight_hh.mul_(0.5)
        h = torch.zeros(BATCH, UNITS)
        with gv.record(cell) as tape:
            for t in range(STEPS):
                h = way(t, cell(torch.randn(BATCH, INPUTS), h), h)
            h.sum().backward()
        kinds = {finding.kind for finding in found(tape.tree, lag)}
        assert kinds == {k.VANISHING if kind == "rnn" else k.FORGET_BIAS}


def shrinking(reads_all, detached_before=()):
    torch.manual_seed(0)
    cell, head = gv.initialise(nn.GRUCell(INPUTS, UNITS), "chrono", t_max=40), nn.Linear(UNITS, 1)
    h, ends, x = torch.zeros(BATCH, UNITS), [], torch.randn(STEPS, BATCH, INPUTS)
    with gv.record(cell) as tape:
        for t in range(STEPS):
            running = int((t < LENGTHS).sum())
            if running < len(h):
                ends.append(h[running:])
            h = h[:running].detach() if t in detached_before else h[:running]
            h = cell(x[t, :running], h)
        head(torch.cat([*ends, h]) if reads_all else h).pow(2).mean().backward()
    return tape.tree


def test_a_batch_that_shrinks():
    assert not found(shrinking(reads_all=True))
    (finding,) = found(shrinking(reads_all=False))
    assert (finding.kind, finding.severity) == (k.READS_PADDING, "trouble")
    assert "which end earlier in the loop" in finding.what
    assert_cut(
        shrinking(True, every(8)), "time steps 8 and 16", 6, "detached in 3 of 4 sequences"
    )  # the fourth has ended


def test_a_batch_that_grows():
    torch.manual_seed(0)
    cell, head = gv.initialise(nn.GRUCell(INPUTS, UNITS), "chrono", t_max=40), nn.Linear(UNITS, 1)
    h, x = torch.zeros(BATCH, UNITS), torch.randn(STEPS, BATCH, INPUTS)
    with gv.record(cell) as tape:
        for t in reversed(range(STEPS)):
            running = int((t < LENGTHS).sum())
            h = torch.cat([cell(x[t, :running], h[:running]), h[running:]])
        head(h).pow(2).mean().backward()
    assert not found(tape.tree)


@pytest.mark.parametrize("is_cell", [True, False])
def test_two_sequences_through_one_layer(is_cell):
    def siamese(**options):
        pair = Recurrent(is_cell=is_cell, **options)
        torch.manual_seed(0)
        layer = pair.layer()
        with gv.record(layer) as tape:
            a, b = (pair.run(layer, torch.randn(STEPS, BATCH, INPUTS))[1] for _ in range(2))
            (a - b).pow(2).mean().backward()
        return tape.tree

    assert not found(siamese())
    assert_cut(siamese(detached_before=every(5)), "time steps 5, 10 and 15", 4)


def test_calls_that_forget_to_hand_on_their_state():
    torch.manual_seed(0)
    layer = nn.GRU(INPUTS, UNITS)
    with gv.record(layer) as tape:
        outs = [layer(x_t)[0] for x_t in torch.randn(STEPS, BATCH, INPUTS).split(1)]
        torch.cat(outs).pow(2).mean().backward()
    (finding,) = found(tape.tree)
    assert "each of the 20 calls has one time step and begins with a new state" in finding.what
    assert "layer(x_t, state)" in finding.remedy.code


def test_a_recurrent_weight_of_zero_is_not_called_a_cut():
    torch.manual_seed(0)
    cell, h, states = nn.RNNCell(INPUTS, UNITS), torch.zeros(BATCH, UNITS), []
    nn.init.zeros_(cell.weight_hh)
    with gv.record(cell) as tape:
        for x_t in torch.randn(STEPS, BATCH, INPUTS):
            h = cell(x_t, h)
            states.append(h)
        torch.stack(states).pow(2).mean().backward()
    (finding,) = found(tape.tree)
    assert finding.kind == k.DIRECT_ONLY
    assert "the state is handed on, but the recurrence passes on exactly nothing" in finding.what
