"""Hands the gradient at an incoming state back to the states from which it was computed.

Where units only scale their own gradient this is a product in scaled arithmetic.  Elsewhere what autograd has
sent along the same way takes its place, which is exact as far as the float range reaches.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.capture.arrived_gradient import ArrivedGradient
from gradviz.capture.autograd_graph import Place
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.piece import Way
from gradviz.capture.run import Run
from gradviz.capture.scaled_gradient import ScaledGradient, times_power_of_two, unscaled
from gradviz.capture.scaling import ScaledBlock
from gradviz.capture.step_graph import StepGraph
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Weights
from gradviz.cells.workspace import Workspace

_ROUNDING = 1e-2  # far beyond what two ways of adding up a gradient differ by


class Settings(NamedTuple):
    """What every run of a sequence is measured with; ``tiny``: smallest normal float of the training."""

    spec: CellSpec
    graph: StepGraph
    workspace: Workspace
    computed_in: str
    full: bool
    tiny: float


class Sent(NamedTuple):
    """What became of the gradient at an incoming state.

    ``cut``: (sample,), whether nothing of it can reach the steps before.  ``log10_at_state``: (sample,),
    log10 of the norm at the hidden state that was handed on; None if that is the output of the call before.
    """

    cut: Tensor
    log10_at_state: Tensor | None


class HandOvers:
    """The gradients on their way between the runs of one layer.

    They are (component, sample, unit), with one component for each path if every unit is recorded, else one.

    Parameters
    ----------
    layer : int
    chosen : Tensor of int, shape (sample,)
        Numbers of the recorded sequences.
    settings : Settings

    Attributes
    ----------
    lost : Tensor of bool, shape (sample,)
        Where autograd has handed over nothing although a gradient was on its way: it was below the float
        range.
    """

    def __init__(self, layer: int, chosen: Tensor, settings: Settings):
        self._layer = layer
        self._chosen = chosen
        self._set = settings
        self._pending: dict[Place, ScaledGradient] = {}
        self._by_autograd: dict[Place, Tensor] = {}  # whether a gradient is on its way: (sample,)
        self.lost = torch.zeros(len(chosen), dtype=torch.bool, device=chosen.device)

    def received(self, run: Run) -> list[ScaledGradient | None]:
        """What later runs have handed back to the last states of a run, h or h and c."""
        layer = run.last.layers[self._layer]
        found = [self._take(run, place) for place in layer.last_at]
        if layer.out_at is not None:
            found[0] = added(found[0], self._take(run, layer.out_at, last_steps=True))
        return found

    def send(self, run: Run, start: list[ScaledGradient]) -> Sent:
        """Hand back the gradient at the first incoming states of a run, h or h and c."""
        piece, has = run.first, run.rows >= 0
        touched = [place if self._set.graph.is_given(place) else None for place in piece.given_at]
        for part, place in enumerate(touched):
            if place is not None:
                start[part] = self._take(run, place, own=start[part]) or start[part]
                changed = self._set.graph.arrived(place, piece.module).unexplained
                if changed is not None:
                    by_hook = unscaled(self._chosen_rows(run, changed).unsqueeze(0))
                    start[part] = added(start[part], by_hook) or start[part]
        feeds = torch.zeros_like(has)
        for way in piece.ways[self._layer]:
            feeds |= self._send(run, way, start[way.part])
        was_there = piece.before is not None and (piece.before.rows_of(self._chosen) >= 0)
        cut = has & was_there & ~feeds
        if touched[0] is None:
            return Sent(cut, None)
        at_state = total(start[0])
        direct = self._set.graph.arrived(touched[0], piece.module).direct
        if direct is not None:
            at_state = at_state.plus(unscaled(self._chosen_rows(run, direct)))
        return Sent(cut, log10_norm(unit_norm(at_state.values), at_state.exponent))

    def _take(
        self,
        run: Run,
        place: Place | None,
        *,
        own: ScaledGradient | None = None,
        last_steps: bool = False,
    ) -> ScaledGradient | None:
        """What is on its way to a state.

        ``own``: what the run itself sends to it.  ``last_steps``: the state is that of all time steps of a
        call.
        """
        if place is None:
            return None
        found, expected = added(own, self._pending.pop(place, None)), self._by_autograd.pop(place, None)
        arrived = self._set.graph.arrived(place, run.first.module)
        values = arrived.carried if arrived.direct_is_known else arrived.from_outside
        received = None if values is None else self._received_rows(run, values, last_steps=last_steps)
        if expected is None and arrived.direct_is_known and not self._is_changed(found, received):
            return found
        if received is None:
            dtype, units = self._set.workspace.dtype, self._units(place)
            received = torch.zeros(len(self._chosen), units, dtype=dtype, device=self._chosen.device)
        is_small = received.abs().amax(-1) < self._set.tiny
        if expected is not None:
            self.lost |= is_small & expected
        whole = unscaled(received.unsqueeze(0))
        return whole if own is None else _replaced(whole, is_small, total(own))

    def _received_rows(self, run: Run, values: Tensor, *, last_steps: bool) -> Tensor:
        if not last_steps:
            return self._chosen_rows(run, values)
        piece = run.last
        last = piece.layout.gather(values)[piece.lengths - 1, torch.arange(piece.batch, device=values.device)]
        return run.by_row(last).to(self._set.workspace.dtype)

    def _is_changed(self, found: ScaledGradient | None, received: Tensor | None) -> bool:
        """Whether a hook of the user has changed a gradient on its way between two calls."""
        if found is None or received is None:
            return False
        size, here = received.norm(), total(found)
        difference = (times_power_of_two(here.values, here.exponent) - received).norm()
        in_range = self._set.tiny / torch.finfo(received.dtype).eps
        return bool((difference > _ROUNDING * size) & (size > in_range))

    def _units(self, place: Place) -> int:
        known = self._set.graph.known[place]
        return known.piece.given[known.part].shape[-1]

    def _chosen_rows(self, run: Run, values: Tensor) -> Tensor:
        """The chosen sequences of a state, (sample, unit); of this layer, if it has those of all."""
        layers = len(run.first.layers)
        rows = values.reshape(-1, values.shape[-1])
        if layers > 1 and len(rows) == layers * run.first.batch:
            rows = rows[self._layer * run.first.batch : (self._layer + 1) * run.first.batch]
        return run.by_row(rows).to(self._set.workspace.dtype)

    def _send(self, run: Run, way: Way, gradient: ScaledGradient) -> Tensor:
        """Send a gradient along a way; returns which sequences it leads back to anything: (sample,)."""
        both = (way.piece.rows_of(self._chosen) >= 0) & (run.rows >= 0)
        factor = way.operator.factor
        if factor is None:
            is_sent = (unit_norm(total(gradient).values) > 0) & both
            self._by_autograd[way.source] = self._by_autograd.get(way.source, is_sent) | is_sent
            return both & ~self._is_stopped(run, way)
        rows = way.piece.rows_of(self._chosen).clamp(min=0)
        chosen = factor.index_select(0, rows).to(gradient.values.dtype) * both.unsqueeze(1)
        sent = gradient.times(chosen)
        self._pending[way.source] = added(sent, self._pending.get(way.source)) or sent
        return (chosen != 0).any(1)

    def _is_stopped(self, run: Run, way: Way) -> Tensor:
        """Where autograd has brought a gradient to the incoming state, and exactly nothing to its source."""
        place = run.first.given_at[way.part]
        there: ArrivedGradient = self._set.graph.arrived(way.source, run.first.module)
        at_state = None if place is None else self._set.graph.arrived(place, run.first.module).carried
        nowhere = torch.zeros_like(run.rows, dtype=torch.bool)
        if at_state is None or not there.direct_is_known or self._set.graph.known[way.source].kind == "out":
            return nowhere
        came = (
            self._chosen_rows(run, at_state).abs().amax(-1) > self._set.tiny / torch.finfo(at_state.dtype).eps
        )
        if there.carried is None:
            return came
        rows = there.carried.reshape(-1, there.carried.shape[-1])
        source_rows = way.piece.rows_of(self._chosen)
        return came & (rows[source_rows.clamp(min=0)] == 0).all(-1) & (source_rows >= 0)


def total(gradient: ScaledGradient) -> ScaledGradient:
    """The sum over components: (sample, unit)."""
    return ScaledGradient(gradient.values.sum(0), gradient.exponent)


def _replaced(gradient: ScaledGradient, where: Tensor, other: ScaledGradient) -> ScaledGradient:
    """A gradient of one component, replaced by ``other`` for some samples."""
    return ScaledGradient(
        torch.where(where.unsqueeze(1), other.values, gradient.values),
        torch.where(where, other.exponent, gradient.exponent),
    )


def added(one: ScaledGradient | None, other: ScaledGradient | None) -> ScaledGradient | None:
    """The sum by component; of the totals if one of the two is not known by component."""
    if one is None or other is None:
        return other if one is None else one
    if len(one.values) != len(other.values):
        one, other = (ScaledGradient(g.values.sum(0, keepdim=True), g.exponent) for g in (one, other))
    return one.plus(other)


def at_start(block: ScaledBlock, weights: Weights, spec: CellSpec, *, full: bool) -> list[ScaledGradient]:
    """The gradient at the states before a block, h or h and c.

    Parameters
    ----------
    block : ScaledBlock
    weights : Weights
    spec : CellSpec
    full : bool
        With one component for each path, in the order of the cell's paths.

    Returns
    -------
    list of ScaledGradient
        Values (component, sample, unit).
    """
    recurrent, *carried = block.rest.carry(0)
    if full:
        gates = len(spec.description.gates)
        hidden = recurrent.shape[-1] // gates
        by_gate = torch.einsum(
            "sgk,gkh->gsh", recurrent.reshape(-1, gates, hidden), weights.w_hh.view(gates, hidden, -1)
        )
    else:
        by_gate = (recurrent @ weights.w_hh).unsqueeze(0)
    if not carried:
        return [ScaledGradient(by_gate, block.exponent)]
    carry = carried[0].unsqueeze(0).clone()
    if spec.has_cell_state:
        return [ScaledGradient(by_gate, block.exponent), ScaledGradient(carry, block.exponent)]
    at_h = torch.cat([carry, by_gate]) if full else carry + by_gate
    return [ScaledGradient(at_h, block.exponent)]
