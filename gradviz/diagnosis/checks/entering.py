"""Where the loss puts its gradient in, and where it is cut."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.diagnosis import kinds
from gradviz.diagnosis.checks.units import dead_share
from gradviz.diagnosis.finding import Finding, Remedy, Severity
from gradviz.diagnosis.limits import DEAD
from gradviz.diagnosis.subject import Subject
from gradviz.measures.arrival import PASSAGE, SEQUENCES_REACHED, SEQUENCES_SEEN, STEPS_SEEN
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, REVERSE, SAMPLE

_HEATMAP = "gv.plot_gradient_norms(tree)"
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
        "cut off from it by .detach(), .data, torch.no_grad() or a rounding such as argmax. The module "
        "cannot learn.",
        where=subject.place(),
        amounts=(amount,),
        variables=_SEEN,
        plot=_HEATMAP,
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
    batch, length = subject.attributes["batch_size"], subject.attributes["length"]
    yield Finding(
        kind=kinds.WRONG_BATCH_FIRST,
        severity="trouble",
        what=f"The loss sees 1 of the {sequences} recorded sequences, at every one of its {length} steps. "
        f"That is what swapped axes look like: with batch_first={is_first} the layer takes its input for "
        f"{layout}, here {batch} sequences of {length} steps, and the loss then picks a 'last step' that "
        "is really the last sequence. The layer is run along the batch, and one example leaks into the "
        "next.",
        where=subject.place(layer),
        amounts=(seen, steps),
        variables=_SEEN,
        plot="gv.plot_gradient_heatmap(tree)",
        remedy=Remedy(
            "Say the layout that the data has (or transpose the data).",
            f"{subject.layer_code}.batch_first = {not is_first}",
        ),
    )


def cut(subject: Subject) -> Iterator[Finding]:
    """The gradient ends exactly at some step, so nothing further back is ever told of the loss."""
    if not subject.has_direct or dead_share(subject) >= DEAD["warning"]:
        return
    layer = subject.layers[-1]
    passages = {d: subject.amount("arrival", PASSAGE, layer, d) for d in subject.directions}
    longest = max(passages.values(), key=lambda amount: amount.value)
    if longest.value != longest.value or subject.length < 2:
        return
    yield from _reverse_unused(subject, {d: amount.value for d, amount in passages.items()})
    if longest.value == 0:
        yield _direct_only(subject, layer)
    elif longest.value < subject.lag or not subject.is_long_enough:
        yield _detached(subject, layer, int(longest.value))


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
        plot=_HEATMAP,
        remedy=Remedy(
            "Hand the state on as it is, without .detach() or .data, and see that its recurrent weight "
            "is not 0.",
            "h = cell(x[:, t], h)  # not h.detach()",
        ),
    )


def _detached(subject: Subject, layer: int, passage: int) -> Finding:
    needed = subject.asked_lag
    amount = subject.amount("arrival", PASSAGE, layer, _reading(subject, layer))
    if needed is None:
        severity: Severity = "warning"
        against = "If the task needs more than that, it cannot learn it"
    else:
        severity = "trouble" if subject.calls == 1 else "warning"
        against = f"The task needs {needed}, so it cannot learn it from the gradient"
    several = (
        f" The module is called {subject.calls} times in a training step; that is what one call carries."
        if subject.calls > 1
        else ""
    )
    piece = (needed or subject.length) + 1
    return Finding(
        kind=kinds.DETACHED,
        severity=severity,
        what=f"The gradient goes back {passage} time steps and then is exactly zero: the state is "
        "detached there, or the sequence is trained in pieces (truncated backpropagation). "
        f"{against}.{several}",
        where=subject.place(layer),
        amounts=(amount,),
        variables=_SEEN,
        plot=_HEATMAP,
        remedy=Remedy(
            f"Do not detach the state within the lag: train on pieces of at least {piece} steps.",
            f"for piece in x.split({piece}, dim=1): ...  # and state.detach() only between the pieces",
        ),
    )


def _reverse_unused(subject: Subject, passages: dict[str, float]) -> Iterator[Finding]:
    if passages.get(REVERSE) != 0 or max(passages.values()) == 0:
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
        plot="gv.plot_gradient_norms(tree, direction='reverse')",
        remedy=Remedy(
            "Read the state in which each direction ends.",
            "last = torch.cat([h_n[-2], h_n[-1]], dim=-1)  # not output[:, -1]",
        ),
    )


def _reading(subject: Subject, layer: int) -> str:
    return max(subject.directions, key=lambda d: subject.value("arrival", PASSAGE, layer, d))


def _most(subject: Subject, variable: str) -> float:
    return max(
        subject.value("arrival", variable, layer, direction)
        for layer in subject.layers
        for direction in subject.directions
    )
