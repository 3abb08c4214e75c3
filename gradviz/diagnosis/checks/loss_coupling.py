"""Where the loss puts its gradient in, and where it is cut."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.units import dead_share, is_saturated
from gradviz.diagnosis.context import Subject, largest
from gradviz.diagnosis.finding import Amount, Finding, Remedy, Severity
from gradviz.diagnosis.number_text import steps
from gradviz.diagnosis.remedies import other_layout
from gradviz.diagnosis.thresholds import DEAD
from gradviz.measures.gradient_reach import LENGTH, PASSAGE, SEQUENCES_REACHED, SEQUENCES_SEEN, STEPS_SEEN
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, REVERSE, SAMPLE

_NORMS = "gradient_norms"
_SEEN = (LOG10_GRAD_H_DIRECT, LOG10_GRAD_H)


def no_gradient(subject: Subject) -> Iterator[Finding]:
    """The module ran, but no recorded sequence gets any gradient."""
    if not subject.has_direct or _most(subject, SEQUENCES_REACHED) > 0:
        return
    amount = subject.amount("arrival", SEQUENCES_REACHED, subject.layers[-1], subject.directions[0])
    yield Finding(
        kind=kinds.NO_GRADIENT,
        severity="trouble",
        what="The loss sends exactly nothing to this module: its output does not enter the loss, or is "
        "cut off from it by .detach(), .data, torch.no_grad() or a rounding such as argmax, or what "
        "follows it passes nothing on (a relu that is always zero, a factor of 0). The module cannot "
        "learn.",
        where=subject.place(),
        amounts=(amount,),
        variables=_SEEN,
        plot=subject.plot(_NORMS),
        remedy=Remedy(
            "Follow the way from the layer's output to the loss and take the cut out.",
            "assert output.grad_fn is not None  # at every stage between the layer and the loss",
        ),
    )


def wrong_batch_first(subject: Subject) -> Iterator[Finding]:
    """One sequence of the batch gets all of the gradient, and at every step: its steps are the batch."""
    sequences = subject.dataset.sizes[SAMPLE]
    if not subject.has_direct or sequences < 2 or subject.length < 2:
        return
    layer = subject.layers[-1]
    direction = subject.directions[0]
    seen = subject.amount("arrival", SEQUENCES_SEEN, layer, direction)
    steps = subject.amount("arrival", STEPS_SEEN, layer, direction)
    if round(seen.value * sequences) != 1 or steps.value < 1:
        return
    is_first = bool(subject.attributes.get("batch_first"))
    layout = "(batch, time, features)" if is_first else "(time, batch, features)"
    batch = subject.attributes.get("batch_size", sequences)
    yield Finding(
        kind=kinds.WRONG_BATCH_FIRST,
        severity="trouble",
        what=f"The loss sees 1 of the {sequences} recorded sequences, at every one of its "
        f"{subject.length} steps. That is what swapped axes look like: with batch_first={is_first} the "
        f"layer takes its input for {layout}, here {batch} sequences of {subject.length} steps, and the "
        "loss then picks a 'last step' that is really the last sequence. The layer is run along the "
        "batch, and one example leaks into the next.",
        where=subject.place(layer),
        amounts=(seen, steps),
        variables=_SEEN,
        plot=subject.plot("gradient_heatmap"),
        remedy=other_layout(subject),
    )


def cut(subject: Subject) -> Iterator[Finding]:
    """The gradient ends exactly at some step, so nothing further back is ever told of the loss."""
    if not subject.has_direct or dead_share(subject) >= DEAD["warning"] or is_saturated(subject):
        return
    layer = subject.layers[-1]
    passages = {d: subject.amount("arrival", PASSAGE, layer, d) for d in subject.directions}
    longest = largest(passages.values())
    if math.isnan(longest.value):
        return
    yield from _reverse_unused(subject, {d: amount.value for d, amount in passages.items()})
    if subject.calls > 1:
        yield _piece_by_piece(subject, layer, longest)
        return
    needed = 0 if subject.asked_lag is None else subject.asked_lag
    if longest.value == 0 < subject.reach:
        yield _direct_only(subject, layer)
    elif longest.value < subject.lag:
        yield _detached(subject, layer, longest)
    elif subject.reach < needed - subject.is_short_probe or (subject.reach == 0 and subject.length > 1):
        yield _too_short(subject, layer, longest)


def _direct_only(subject: Subject, layer: int) -> Finding:
    passage = subject.amount("arrival", PASSAGE, layer, subject.directions[0])
    return Finding(
        kind=kinds.DIRECT_ONLY,
        severity="trouble",
        what="Every state gets the gradient that the loss sends it directly, and nothing from the steps "
        "after it: the way from state to state is cut at every step. Whatever happened earlier cannot be "
        "learned.",
        where=subject.place(layer),
        amounts=(passage, subject.amount("arrival", STEPS_SEEN, layer, subject.directions[0])),
        variables=_SEEN,
        plot=subject.plot(_NORMS),
        remedy=Remedy(
            "Hand the state on as it is, without .detach() or .data, and see that its recurrent weight "
            "is not 0.",
            "h = cell(x[:, t], h)  # not h.detach()",
        ),
    )


def _detached(subject: Subject, layer: int, passage: Amount) -> Finding:
    return Finding(
        kind=kinds.DETACHED,
        severity=_needed_or_not(subject),
        what=f"The gradient goes back {steps(passage.value)} and then is exactly zero: the state is "
        f"detached there (truncated backpropagation). {_against(subject)}",
        where=subject.place(layer),
        amounts=(passage,),
        variables=_SEEN,
        plot=subject.plot(_NORMS),
        remedy=_longer_pieces(subject),
    )


def _too_short(subject: Subject, layer: int, passage: Amount) -> Finding:
    """The gradient reaches the far end of every sequence, but that is not far."""
    begins_early = subject.reach < subject.length - 1
    why = (
        f"although the sequences have {subject.length} steps: the loss reads an early one"
        if begins_early
        else f"since the sequences have no more than {subject.length} step{'s' * (subject.length > 1)}"
    )
    return Finding(
        kind=kinds.DETACHED,
        severity=_needed_or_not(subject),
        what=f"The gradient goes back {steps(passage.value)}, {why}. {_against(subject)}",
        where=subject.place(layer),
        amounts=(passage, subject.amount("arrival", LENGTH, layer, subject.directions[0])),
        variables=_SEEN,
        plot=subject.plot(_NORMS),
        remedy=Remedy(
            "Let the loss read the output at the last time step of each sequence.",
            "loss = loss_fn(output[:, -1], y)  # (batch, time, features)",
        )
        if begins_early
        else _longer_pieces(subject),
    )


def _needed_or_not(subject: Subject) -> Severity:
    return "warning" if subject.asked_lag is None or subject.is_short_probe else "trouble"


def _against(subject: Subject) -> str:
    if subject.asked_lag is None:
        return "If the task needs more than that, it cannot learn it."
    if subject.is_short_probe:
        return f"For a lag of {subject.asked_lag} the probe has to be longer."
    return f"The task needs {subject.asked_lag}, so it cannot learn it from the gradient."


def _longer_pieces(subject: Subject) -> Remedy:
    piece = (subject.asked_lag or subject.length) + 1
    if subject.is_short_probe:
        return Remedy("Probe with longer sequences.", f"gv.probe(model, length={piece})")
    return Remedy(
        f"Train on sequences, or pieces if they are cut into some, of at least {piece} steps, and do not "
        "detach the state within one.",
        f"for piece in x.split({piece}, dim=1): ...  # and state.detach() only between the pieces",
    )


def _piece_by_piece(subject: Subject, layer: int, passage: Amount) -> Finding:
    return Finding(
        kind=kinds.PIECE_BY_PIECE,
        severity="note" if subject.is_long_enough else "warning",
        what=f"The layer is called {subject.calls} times in a training step, with {steps(subject.length)} "
        "each time. Whether the state is handed on from call to call, with its gradient, a recording "
        "does not tell: what is said here is of the last call alone.",
        where=subject.place(layer),
        amounts=(passage,),
        variables=_SEEN,
        plot="",
        remedy=Remedy(
            "Hand the whole sequence to one call, or use the cell (nn.LSTMCell) in the loop, which is "
            "recorded as a whole.",
            "output, state = model.layer(x, state)  # all time steps at once",
        ),
    )


def reads_padding(subject: Subject) -> Iterator[Finding]:
    """Of sequences of different length the loss sees the longest only."""
    if not subject.has_direct or subject.sees_many_steps:
        return
    layer, direction = subject.layers[-1], subject.directions[0]
    lengths = subject.lengths
    seen = subject.seen_sequences(layer, direction)
    longest = lengths == lengths.max()
    if longest.all() or not (seen == longest).all():
        return
    yield Finding(
        kind=kinds.READS_PADDING,
        severity="trouble",
        what="The sequences have different lengths, and the loss sees the longest only: the others are "
        "read at the last step of the padded batch, where they have ended and the output is zero. From "
        "them nothing is learned.",
        where=subject.place(layer),
        amounts=(subject.amount("arrival", SEQUENCES_SEEN, layer, direction),),
        variables=_SEEN,
        plot=subject.plot("gradient_heatmap"),
        remedy=Remedy(
            "Read the state in which each sequence ends.",
            "last = h_n[-1]  # or output[torch.arange(len(lengths)), lengths - 1]; not output[:, -1]",
        ),
    )


def _reverse_unused(subject: Subject, passages: dict[str, float]) -> Iterator[Finding]:
    if passages.get(REVERSE) != 0 or not any(passage > 0 for passage in passages.values()):
        return
    layer = subject.layers[-1]
    yield Finding(
        kind=kinds.REVERSE_UNUSED,
        severity="warning",
        what="The reverse direction is read where it begins, at the last time step, when it has seen one "
        "step only: output[:, -1] holds the end of the forward direction but the beginning of the "
        "reverse one.",
        where=subject.place(layer, REVERSE),
        amounts=(subject.amount("arrival", PASSAGE, layer, REVERSE),),
        variables=_SEEN,
        plot=subject.plot("gradient_norms", "direction='reverse'"),
        remedy=Remedy(
            "Read the state in which each direction ends.",
            "last = torch.cat([h_n[-2], h_n[-1]], dim=-1)  # not output[:, -1]",
        ),
    )


def _most(subject: Subject, variable: str) -> float:
    return largest(
        subject.amount("arrival", variable, layer, direction)
        for layer in subject.layers
        for direction in subject.directions
    ).value
