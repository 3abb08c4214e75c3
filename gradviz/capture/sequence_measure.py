"""Measures one layer of a sequence that several calls made: from the last call back to the first.

Within a run of calls the adjoint recursion gives every total in scaled arithmetic.  From its first incoming
state the gradient is handed over, unit by unit, to the states that it was computed from.  Where units do not
only scale their own gradient, what autograd has sent along the same way takes its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.arrivals import arrivals_at
from gradviz.capture.gradient_statistics import GradientStatistics
from gradviz.capture.hand_overs import HandOvers, Settings, at_start, total
from gradviz.capture.input_gradient import InputGradient
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.measure import replay_states, state_variables
from gradviz.capture.piece import Piece
from gradviz.capture.replay_error import replay_error
from gradviz.capture.run import Run, runs_of
from gradviz.capture.scaled_gradient import ScaledGradient
from gradviz.capture.scaling import scaled_blocks
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.cells.cell_spec import CellSpec


class MeasuredRun(NamedTuple):
    """Variables of a run, (time, sample, ...); ``gates``: (time, sample, gate, unit)."""

    run: Run
    variables: dict[str, Tensor]
    gates: Tensor
    replay_error: float


class LayerMeasurement:
    """Measures one layer, run by run, the last first.

    Parameters
    ----------
    pieces : list of Piece
    layer : int
    chosen : Tensor of int, shape (sample,)
        Numbers of the recorded sequences.
    settings : Settings
    from_above : mapping of Piece to ScaledGradient
        What the layer above sends to the hidden states of each call, where that is known.

    Attributes
    ----------
    runs : list of MeasuredRun
        In the order of time.
    to_below : dict of Piece to ScaledGradient
        What the layer itself sends to those of the layer below: values (time, sample, state).
    is_touched : bool
        Whether any state was handed on that is not an output itself.
    """

    def __init__(
        self,
        pieces: list[Piece],
        layer: int,
        chosen: Tensor,
        settings: Settings,
        from_above: Mapping[Piece, ScaledGradient],
    ):
        self.to_below: dict[Piece, ScaledGradient] = {}
        self._from_above = from_above
        self._layer = layer
        self._chosen = chosen
        self._set = settings
        self._hand_over = HandOvers(layer, chosen, settings)
        self._at_state: tuple[Tensor, Tensor] | None = None  # log10 norm, and of which sequences
        self.is_touched = False
        runs = runs_of(pieces, layer, chosen, settings.graph)
        self.runs = [self._measure(run) for run in reversed(runs)][::-1]

    def _measure(self, run: Run) -> MeasuredRun:
        settings, spec = self._set, self._set.spec
        dtype = settings.workspace.dtype
        arrived = arrivals_at(run, settings.graph, dtype, self._from_above)
        at_ends = self._hand_over.received(run)
        upstream = _with_ends(arrived.upstream, run, at_ends)
        sequences, weights = run.sequences(spec, dtype), run.weights.to(dtype)
        replay = replay_states(
            spec, sequences, weights, computed_in=settings.computed_in, workspace=settings.workspace
        )
        norms = unit_norm(sequences.h)
        keep = GradientStatistics(
            spec.description,
            replay,
            arrived.direct,
            norms[:-1],
            weights.w_hh,
            full=settings.full,
            tiny=settings.tiny,
        )
        sent_down = InputGradient(replay, weights.w_ih) if self._layer else None
        for block in scaled_blocks(replay, upstream):
            keep.add(block)
            if sent_down is not None:
                sent_down.add(block)
            start = block
        if sent_down is not None:
            self._send_down(run, sent_down.gradient())
        found = keep.variables() | state_variables(sequences, replay, norms, full=settings.full)
        found[v.LOG10_GRAD_H_DIRECT][arrived.unknown] = torch.nan
        self._add_paths(found, run, at_ends)
        lost = self._hand_over.lost & (found[v.LOG10_GRAD_H] < math.log10(settings.tiny))
        found[v.UNDERFLOW] = torch.maximum(found[v.UNDERFLOW], lost.to(found[v.UNDERFLOW].dtype))
        self._add_state(found, run)
        found[v.CUT] = torch.zeros_like(found[v.LOG10_GRAD_H])
        found = {name: values.clone() for name, values in found.items()}
        gates = replay.gates.movedim(0, 2).clone()
        error = replay_error(replay, sequences, run.valid)
        if run.first.is_continued:
            sent = self._hand_over.send(run, at_start(start, weights, spec, full=settings.full))
            found[v.CUT][0, sent.cut] = 1
            if sent.log10_at_state is not None:
                self.is_touched = True
                self._at_state = sent.log10_at_state, run.rows >= 0
        return MeasuredRun(run, found, gates, error)

    def _send_down(self, run: Run, gradient: ScaledGradient) -> None:
        steps = [piece.steps for piece in run.pieces]
        parts = zip(run.pieces, gradient.values.split(steps), gradient.exponent.split(steps), strict=True)
        for piece, values, exponent in parts:
            layer = piece.layers[self._layer]
            if not layer.x_is_known:
                continue
            sent = ScaledGradient(values, exponent)
            if layer.x_factor is not None:
                sent = sent.times(run.by_time(piece, layer.x_factor).to(values.dtype))
            self.to_below[piece] = sent

    def _add_paths(self, found: dict[str, Tensor], run: Run, at_ends: list[ScaledGradient | None]) -> None:
        """The direct path, and at the last step of a run what each other has brought from the calls after."""
        if v.LOG10_GRAD_PATH not in found:
            return
        found[v.LOG10_GRAD_PATH][..., 0] = found[v.LOG10_GRAD_H_DIRECT]
        ends = run.ends
        paths = self._set.spec.description.paths
        for part, gradient in enumerate(at_ends):
            if gradient is None:
                continue
            names = _components_of(self._set.spec, part)
            brought = log10_norm(unit_norm(gradient.values), gradient.exponent)  # (component, sample)
            if len(brought) != len(names):
                brought = brought.new_full((len(names), brought.shape[1]), torch.nan)
            for name, values in zip(names, brought, strict=True):
                found[v.LOG10_GRAD_PATH][(*ends, paths.index(name))] = values[ends[1]]

    def _add_state(self, found: dict[str, Tensor], run: Run) -> None:
        """The total at the state handed on after each step; where that is the output itself, its total."""
        found[v.LOG10_GRAD_STATE] = found[v.LOG10_GRAD_H].clone()
        if self._at_state is None:
            return
        values, of_run_after = self._at_state
        steps, samples = run.ends
        handed_on = of_run_after[samples]
        found[v.LOG10_GRAD_STATE][steps[handed_on], samples[handed_on]] = values[samples[handed_on]]
        self._at_state = None


def _components_of(spec: CellSpec, part: int) -> tuple[str, ...]:
    """The paths that end in the hidden state (part 0) or in the cell state (part 1)."""
    if part == 1:
        return (v.CARRY_PATH,)
    paths = spec.description.paths[1:]
    return tuple(path for path in paths if path != v.CARRY_PATH) if spec.has_cell_state else paths


def _with_ends(
    upstream: UpstreamGradient, run: Run, at_ends: list[ScaledGradient | None]
) -> UpstreamGradient:
    """Add what later calls hand back to the last step of every sequence."""
    ends = run.ends
    known_parts = (upstream.h, upstream.exponent_h), (upstream.c, upstream.exponent_c)
    parts: list[tuple[Tensor | None, Tensor | None]] = []
    for (known, exponent), gradient in zip(known_parts, (*at_ends, None), strict=False):
        if gradient is None:
            parts.append((known, exponent))
            continue
        added = total(gradient)
        shape = run.valid.shape
        there = ScaledGradient(
            added.values.new_zeros(*shape, added.values.shape[-1]) if known is None else known,
            torch.zeros(shape, dtype=torch.float64, device=ends[1].device) if exponent is None else exponent,
        )
        parts.append(there.with_added(added, ends))
    (h, exponent_h), (c, exponent_c) = parts
    return UpstreamGradient(h, c, None, exponent_h, exponent_c)
