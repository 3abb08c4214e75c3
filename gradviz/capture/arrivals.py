"""What arrives at the states of a run from outside of its sequence: the loss, and the layer above."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.capture.arrived_gradient import ArrivedGradient, plus
from gradviz.capture.piece import Piece
from gradviz.capture.run import Run
from gradviz.capture.scaled_gradient import ScaledGradient
from gradviz.capture.step_graph import StepGraph
from gradviz.capture.upstream_gradient import UpstreamGradient

StepsAndSamples = tuple[Tensor, Tensor]  # an index into (time, sample)


class Arrivals(NamedTuple):
    """What arrives at the hidden states of a run and at its last cell state from outside of the sequence.

    ``direct``: at the hidden states as it is recorded.  ``upstream``: for the recursion, with what else
    enters there.  ``unknown``: index (time, sample) of the states whose direct gradient could not be told
    from the rest.
    """

    direct: UpstreamGradient
    upstream: UpstreamGradient
    unknown: tuple[Tensor, Tensor]


def arrivals_at(
    run: Run, graph: StepGraph, dtype: torch.dtype, from_above: Mapping[Piece, ScaledGradient]
) -> Arrivals:
    """Collect what arrives at a run from outside of the sequence.

    Parameters
    ----------
    run : Run
    graph : StepGraph
    dtype : dtype
    from_above : mapping of Piece to ScaledGradient
        What the layer above sends to the hidden states of each call, where that is known: values (time,
        sample, state).
    """
    above = {
        piece: sent
        for piece, sent in from_above.items()
        if piece in run.pieces
        and graph.arrived(piece.layers[run.layer].out_at, piece.module).total is not None
    }
    direct, extra, unknown = _at_hidden_states(run, graph, dtype, above.keys())
    at_c = _at_cell_states(run, graph, dtype)
    if not above:
        upstream = UpstreamGradient(direct + extra, at_c)
        return Arrivals(UpstreamGradient(direct, None), upstream, unknown)
    sent = ScaledGradient(torch.zeros_like(direct), direct.new_zeros(run.valid.shape, dtype=torch.float64))
    for piece, here, _ in _places_in(run):
        if piece in above:
            sent.values[here], sent.exponent[here] = above[piece]
    sent = _sum(sent, direct)
    entering = _sum(sent, extra)
    upstream = UpstreamGradient(entering.values, at_c, exponent_h=entering.exponent)
    trained_with = _size_in_training(run, graph)
    return Arrivals(
        UpstreamGradient(
            sent.values.clone(), None, exponent_h=sent.exponent.clone(), trained_with=trained_with
        ),
        upstream,
        unknown,
    )


def _at_hidden_states(
    run: Run, graph: StepGraph, dtype: torch.dtype, without: Collection[Piece]
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """The direct gradient, what else enters, and the index of the states where these are not known.

    ``without``: the calls at whose hidden states only the last ones count.
    """
    like = run.first.layers[run.layer]
    direct = torch.zeros(*run.valid.shape, like.before[0].shape[-1], dtype=dtype, device=like.out.device)
    extra = torch.zeros_like(direct)
    unknown = torch.zeros_like(run.valid)
    entered = direct, extra
    at_ends: tuple[list[tuple[StepsAndSamples, Tensor]], ...] = ([], [])
    for piece, here, ends in _places_in(run):
        layer = piece.layers[run.layer]
        if piece not in without and layer.out_at is not None:
            for target, gradient in _by_target(graph.arrived(layer.out_at, piece.module)):
                entered[target][here] += run.by_time(piece, gradient.detach()).to(dtype)
        arrived = graph.arrived(layer.h_at, piece.module)
        if not arrived.direct_is_known:
            unknown[ends] = True
            continue
        for target, gradient in _by_target(arrived):
            at_ends[target].append((ends, gradient))
    for values, found in zip(entered, at_ends, strict=True):
        _add_at_ends(values, found, run)
    steps, samples = unknown.nonzero(as_tuple=True)
    return direct, extra, (steps, samples)


def _add_at_ends(values: Tensor, found: list[tuple[StepsAndSamples, Tensor]], run: Run) -> None:
    """Add gradients at last states to (time, sample, unit); no two have a step and sample in common."""
    if not found:
        return
    rows = run.rows[run.present]
    together = torch.stack([gradient.reshape(-1, gradient.shape[-1]) for _, gradient in found])
    at = torch.stack([steps for (steps, _), _ in found]), run.present.expand(len(found), -1)
    values[at] += together.index_select(1, rows).to(values.dtype)


def _by_target(arrived: ArrivedGradient) -> Iterator[tuple[int, Tensor]]:
    """What enters: 0 as the direct gradient, 1 as something else."""
    for target, gradient in enumerate((arrived.direct, arrived.unexplained)):
        if gradient is not None:
            yield target, gradient


def _at_cell_states(run: Run, graph: StepGraph, dtype: torch.dtype) -> Tensor | None:
    found = []
    for piece, _, ends in _places_in(run):
        arrived = graph.arrived(piece.layers[run.layer].c_at, piece.module)
        gradient = plus(arrived.direct, arrived.unexplained)
        if gradient is not None and arrived.direct_is_known:
            found.append((ends, gradient))
    if not found:
        return None
    some = found[0][1]
    at_c = torch.zeros(*run.valid.shape, some.shape[-1], dtype=dtype, device=some.device)
    _add_at_ends(at_c, found, run)
    return at_c


def _sum(gradient: ScaledGradient, values: Tensor) -> ScaledGradient:
    if not bool((values != 0).any()):
        return gradient
    return gradient.plus(ScaledGradient(values, torch.zeros_like(gradient.exponent)))


def _size_in_training(run: Run, graph: StepGraph) -> Tensor:
    """The largest magnitude of what the training has brought to the states of a run: (time, sample)."""
    size = torch.zeros(run.valid.shape, dtype=torch.float64, device=run.valid.device)
    for piece, here, ends in _places_in(run):
        layer = piece.layers[run.layer]
        total = graph.arrived(layer.out_at, piece.module).total
        if total is not None:
            size[here] = run.by_time(piece, total.detach()).abs().amax(-1).double()
        for place in layer.last_at:
            total = graph.arrived(place, piece.module).total
            if total is not None:
                at_end = run.by_row(total.detach()).abs().amax(-1)[ends[1]]
                size[ends] = torch.maximum(size[ends], at_end.double())
    return size


def _places_in(run: Run) -> Iterator[tuple[Piece, slice, StepsAndSamples]]:
    """Every piece, its time steps within the run, and the index (time, sample) of its last steps."""
    first = 0
    for piece in run.pieces:
        stop = first + piece.steps
        if piece.layout.valid is None:
            last = torch.full_like(run.present, stop - 1)
        else:
            last = first + piece.lengths[run.rows[run.present]] - 1
        yield piece, slice(first, stop), (last, run.present)
        first = stop
