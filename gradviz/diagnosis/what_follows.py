"""What follows from a gradient that vanishes: how many trainings like this failed, and so how bad it is.

That so many decades are lost is a fact about one training step. That the task will not be learned is a
prediction; it is good for a task with one fixed lag, and poor where shorter lags are rewarded too.
"""

from __future__ import annotations

import math

from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.finding import Severity
from gradviz.diagnosis.reliability import outcomes
from gradviz.diagnosis.thresholds import VANISHING, severity
from gradviz.vocabulary import FIXED_LAG, STEP


def lag_is_fixed(context: DiagnosisContext) -> bool | None:
    """Whether the task has one fixed lag; None if the recording does not say."""
    said = context.recording.attrs.get(FIXED_LAG)
    return None if said is None else bool(said)


def vanishing_severity(context: DiagnosisContext, lost: float) -> Severity | None:
    """Severity of the decades lost.

    It is trouble where four of five trainings failed, a warning where half did. At most a warning if it is
    not known that the task needs the lag, or known that it rewards shorter lags too.
    """
    found = severity(lost, VANISHING)
    is_certain = context.required_lag is not None and lag_is_fixed(context) is not False
    return "warning" if found == "trouble" and not is_certain else found


def at_step(context: DiagnosisContext) -> str:
    """`` at training step 30``; empty for the first step, which may be a single pass."""
    step = context.dataset[STEP].item()
    return f" at training step {step}" if step else ""


def what_follows(context: DiagnosisContext, lost: float) -> str:
    """How trainings like this ended, in one or two sentences.

    Parameters
    ----------
    context : DiagnosisContext
    lost : float
        Decades lost over the lag.

    Returns
    -------
    str
        Empty if there is no gradient.
    """
    if math.isnan(lost):
        return ""
    step, fixed = int(context.dataset[STEP].item()), lag_is_fixed(context)
    one, several = (outcomes(lost, fixed=kind, step=step) for kind in (True, False))
    if fixed:
        return in_words(one.failed, one.trained)
    bridged = (
        f"training may bridge it: {several.trained - several.failed} of {several.trained} such trainings did."
        if several.trained
        else "training may bridge it."
    )
    if fixed is None:
        return f"{in_words(one.failed, one.trained)} If your task also rewards shorter lags, {bridged}"
    return f"Since this task also rewards shorter lags, {bridged}"


def in_words(failed: int, trained: int) -> str:
    """How many trainings with one fixed lag failed that had lost as much.

    Parameters
    ----------
    failed, trained : int

    Returns
    -------
    str

    Examples
    --------
    >>> from gradviz.diagnosis.what_follows import in_words
    >>> in_words(93, 96)
    'In 93 of 96 trainings like this, with one fixed lag, the task was not learned.'
    """
    return f"In {failed} of {trained} trainings like this, with one fixed lag, the task was not learned."


def lost_in_words(decades: float) -> str:
    """The decades lost, as the subject of a sentence with its verb.

    Examples
    --------
    >>> from gradviz.diagnosis.what_follows import lost_in_words
    >>> lost_in_words(22.04), lost_in_words(float("inf"))
    ('22.0 decades of gradient are', 'all of the gradient is')
    """
    return "all of the gradient is" if math.isinf(decades) else f"{decades:.1f} decades of gradient are"
