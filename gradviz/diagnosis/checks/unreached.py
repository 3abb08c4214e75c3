"""Layers, directions and sequences that no gradient reaches, because the loss reads another index."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradviz.diagnosis import kinds
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Amount, Finding, Remedy
from gradviz.diagnosis.last_states import last_states
from gradviz.diagnosis.plural import counted
from gradviz.measures.gradient_reach import SEQUENCES_REACHED, STEPS_SEEN
from gradviz.vocabulary import (
    DIRECTION,
    FORWARD,
    LAYER,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    SAMPLE,
    STEP,
    TIME,
)

_VARIABLES = (LOG10_GRAD_H_DIRECT, LOG10_GRAD_H)


def layer_unreached(context: DiagnosisContext) -> Iterator[Finding]:
    """Upper layers get exactly no gradient: the loss reads the state of a lower one."""
    if not context.has_direct:
        return
    reached = [layer for layer, direction in context.places if _is_reached(context, layer, direction)]
    unreached = [layer for layer in context.layers if reached and layer > max(reached)]
    if not unreached:
        return
    top = max(reached)
    read = _indices(context, [(top, d) for d in context.directions if _is_reached(context, top, d)])
    which = f"layer {unreached[0]}" if len(unreached) == 1 else f"layers {unreached[0]} to {unreached[-1]}"
    states = "c_n" if context.cell.has_cell_state else ""
    yield Finding(
        kind=kinds.LAYER_UNREACHED,
        severity="trouble",
        what=f"Exactly no gradient reaches {which} of {len(context.layers)}, so {_they(unreached)} never "
        f"trained. The loss reads layer {top}, which is {read}{_or(states, read)}. The states of the last "
        "layer stand at "
        "the end of h_n: its first axis runs over the layers"
        + (", and in each over both directions." if len(context.directions) > 1 else "."),
        where=context.place(unreached[-1]),
        amounts=(_reached(context, unreached[-1], context.directions[0]),),
        variables=_VARIABLES,
        plot=context.plot("gradient_norms", f"layer={unreached[-1]}"),
        remedy=Remedy("Read the last layer.", last_states(context)),
    )


def direction_unreached(context: DiagnosisContext) -> Iterator[Finding]:
    """One direction of the last layer gets exactly no gradient: the loss reads the other one only."""
    if not context.has_direct or len(context.directions) < 2:
        return
    last = context.layers[-1]
    unreached = [d for d in context.directions if not _is_reached(context, last, d)]
    if len(unreached) != 1:
        return
    read = next(d for d in context.directions if d not in unreached)
    steps = context.value("gradient_reach", STEPS_SEEN, last, read)
    is_state = steps * context.length < 1.5  # one time step: h_n, and not a slice of the whole output
    index = (
        _indices(context, [(last, read)])
        if is_state
        else f"output[..., {':' if read == FORWARD else ''}hidden_size{':' if read != FORWARD else ''}]"
    )
    yield Finding(
        kind=kinds.DIRECTION_UNREACHED,
        severity="trouble",
        what=f"Exactly no gradient reaches the {unreached[0]} direction of the last layer, so half of the "
        f"layer is never trained. The loss reads the {read} direction only, which is {index}.",
        where=context.place(last, unreached[0]),
        amounts=(_reached(context, last, unreached[0]),),
        variables=_VARIABLES,
        plot=context.plot("gradient_norms", f"direction={read!r}"),
        remedy=Remedy("Read both directions, each at its end.", last_states(context))
        if is_state
        else Remedy(
            "Read both halves of the output, or create the layer without bidirectional=True.",
            "read = output  # (..., 2 * hidden_size): forward, then reverse",
        ),
    )


def sequences_unreached(context: DiagnosisContext) -> Iterator[Finding]:
    """Some sequences of the batch get exactly no gradient, though they are as long as the others."""
    if not context.has_direct or context.is_observed:
        return
    reached = np.any(
        [_arrives(context, layer, direction) for layer, direction in context.places], axis=0
    )  # (sample,)
    calls = [reached[of_call] for of_call in context.sequences_of_calls if reached[of_call].any()]
    if not calls or all(call.all() for call in calls) or any(call.sum() == 1 < len(call) for call in calls):
        return
    lengths = context.passing.isel({STEP: 0, LAYER: 0, DIRECTION: 0}).notnull().sum(TIME).values
    if len(set(lengths[lengths > 0].tolist())) > 1:
        return  # of sequences of different lengths, another finding speaks
    missing = context.dataset[SAMPLE].values[~reached & _recorded(context)]
    best = max(context.places, key=lambda place: _reached(context, *place).value)
    yield Finding(
        kind=kinds.SEQUENCES_UNREACHED,
        severity="warning",
        what=f"Exactly no gradient reaches {counted(len(missing), 'sequence')} of the {len(reached)} "
        f"recorded ({_numbers(missing)}), so nothing is learned from them in this step. Either the loss "
        "leaves them out "
        "(an index such as h_n[:, :n] or output[:n], a mask), or it is exactly flat for them, as a hinge "
        "loss is where its margin is kept.",
        where=context.place(),
        amounts=(_reached(context, *best),),
        variables=_VARIABLES,
        plot=context.plot("gradient_heatmap"),
        remedy=Remedy(
            "If the loss should read the whole batch, check along which axis its index runs.",
            "output, h_n = ...  # h_n: (layers, batch, hidden_size), whatever batch_first is",
        ),
    )


def _is_reached(context: DiagnosisContext, layer: int, direction: str) -> bool:
    return _reached(context, layer, direction).value > 0


def _reached(context: DiagnosisContext, layer: int, direction: str) -> Amount:
    return context.amount("gradient_reach", SEQUENCES_REACHED, layer, direction)


def _arrives(context: DiagnosisContext, layer: int, direction: str) -> np.ndarray:
    norms = context.passing.isel({STEP: 0}).sel({LAYER: layer, DIRECTION: direction})
    return np.asarray((norms > -np.inf).any(TIME).values)


def _recorded(context: DiagnosisContext) -> np.ndarray:
    return np.any(context.sequences_of_calls, axis=0)


def _indices(context: DiagnosisContext, places: list[tuple[int, str]]) -> str:
    """Where in ``h_n`` the states of some places stand, which is along its first axis."""
    ways = context.directions
    at = [context.layers.index(layer) * len(ways) + ways.index(direction) for layer, direction in places]
    count = len(context.layers) * len(ways)
    if len(at) == 1:
        return f"h_n[{at[0] - count if at[0] == count - 1 else at[0]}]"
    return f"h_n[{'' if at[0] == 0 else at[0]}:{at[-1] + 1}]"


def _or(states: str, read: str) -> str:
    return f" (or {read.replace('h_n', states)})" if states else ""


def _they(layers: list[int]) -> str:
    return "it is" if len(layers) == 1 else "they are"


def _numbers(samples: np.ndarray, most: int = 8) -> str:
    named = ", ".join(map(str, samples[:most]))
    return f"numbers {named}{', …' if len(samples) > most else ''}"
