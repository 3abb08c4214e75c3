"""Which other module's state a sequence began from, and how many of its time steps lie before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.autograd_graph import WayBack
from gradviz.capture.hand_over import operators
from gradviz.capture.linking import of_last_step
from gradviz.capture.piece import Piece
from gradviz.capture.step_graph import StepGraph
from gradviz.recording.call_record import CallRecord


class Origin(NamedTuple):
    """One state of another module from which the first state of a sequence was computed.

    ``piece``: the call whose last state it is.  ``rows``: (direction, batch), the row of the new sequence's
    batch that each row of that state feeds, -1 for none; None if that cannot be told.  ``layers``: of the new
    module that it feeds.
    """

    piece: Piece
    rows: Tensor | None
    layers: tuple[int, ...]


def origins_of(piece: Piece, incoming: Sequence[Tensor], back: WayBack, graph: StepGraph) -> list[Origin]:
    """The states of other modules from which a call's first states were computed.

    Parameters
    ----------
    piece : Piece
    incoming : sequence of Tensor
        Its states as it was given them, h or h and c.
    back : WayBack
        From these to known states.
    graph : StepGraph

    Returns
    -------
    list of Origin
    """
    foreign = {
        place: graph.known[place]
        for place in back.sources
        if graph.known[place].piece.module != piece.module and graph.known[place].kind != "given"
    }
    found = []
    layers = len(piece.layers)
    for tensor, start in zip(incoming, piece.given_at, strict=True):
        if start is None or not foreign:
            continue
        shapes = {place: state.shape for place, state in foreign.items()}
        for place, whole in operators(tensor, start, back.nodes, shapes).items():
            state = foreign[place]
            operator = of_last_step(whole, state) if state.kind == "out" else whole
            if operator is None or operator.rows is None:
                found.append(Origin(state.piece, None, tuple(range(layers))))
                continue
            used = operator.rows >= 0
            fed = tuple(sorted(set((operator.rows[used] // piece.batch).tolist())))
            rows = torch.where(used, operator.rows % piece.batch, -1)
            found.append(Origin(state.piece, rows.view(-1, state.piece.batch), fed))
    return found


class Ends(NamedTuple):
    """A recorded call of another module.

    ``record``: what was recorded of it.  ``steps``: (sequence,), time steps of each sequence up to the piece
    in question.  ``sequence``: (batch,), the sequence of each row of that piece.
    """

    record: CallRecord
    steps: Tensor
    sequence: Tensor


def with_origin(
    record: CallRecord, piece: Piece, origins: Sequence[Origin], ends_of: Callable[[Piece], Ends | None]
) -> CallRecord:
    """The record of a sequence with the module that it continues, and its time offset.

    The offset of a sequence is NaN if gradients enter the other module at other steps than its last one, as
    through attention: then no single number of steps lies between the two.

    Parameters
    ----------
    record : CallRecord
    piece : Piece
        Its first call.
    origins : sequence of Origin
    ends_of : callable
        The recorded call to which a piece belongs, if it was recorded.

    Returns
    -------
    CallRecord
    """
    known = [(origin, ends) for origin in origins if (ends := ends_of(origin.piece)) is not None]
    if not known:
        return record
    numbers = {int(sample): place for place, sample in enumerate(record.samples)}
    offsets: list[set[float]] = [set() for _ in numbers]
    for origin, ends in known:
        if origin.rows is None:
            for each in offsets:
                each.add(np.nan)
            continue
        enters_elsewhere = _sequences_read_before_their_end(ends.record)
        for of_direction in origin.rows.tolist():
            for source_row, row in enumerate(of_direction):
                if row < 0:
                    continue
                place = numbers.get(int(piece.sequence[row]))
                number = int(ends.sequence[source_row])
                if place is not None:
                    unclear = enters_elsewhere.get(number, any(enters_elsewhere.values()))
                    offsets[place].add(np.nan if unclear else float(ends.steps[number]))
    values = np.array([each.pop() if len(each) == 1 else np.nan for each in offsets], dtype=np.float64)
    return record.with_more({v.TIME_OFFSET: values}, {v.CONTINUES: _names(known, len(piece.layers))})


def _names(known: Sequence[tuple[Origin, Ends]], layers: int) -> str:
    """The module that each layer continues; one name if it is the same for all."""
    of_layers = [
        sorted({origin.piece.module for origin, _ in known if layer in origin.layers})
        for layer in range(layers)
    ]
    named = [" and ".join(names) for names in of_layers if names]
    return named[0] if len(set(named)) == 1 else ", ".join(" and ".join(n) or "nothing" for n in of_layers)


def _sequences_read_before_their_end(record: CallRecord) -> dict[int, bool]:
    """For each recorded sequence, whether a direct gradient enters its last layer before its last step."""
    direct = record.variables[v.LOG10_GRAD_H_DIRECT][-1]  # (direction, time, sample)
    found = {}
    for place, sample in enumerate(record.samples):
        is_read = [~np.isneginf(values[~np.isnan(values)]) for values in direct[..., place]]
        before_end = [steps[:-1] if way == 0 else steps[1:] for way, steps in enumerate(is_read)]
        found[int(sample)] = any(steps.any() for steps in before_end)
    return found
