"""A learning rate that is too high."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr

from gradviz.diagnosis import kinds
from gradviz.diagnosis.finding import Amount, Change, Finding, Place, Remedy, Severity, training_amount
from gradviz.diagnosis.learning import has_learned
from gradviz.diagnosis.thresholds import (
    DIVERGED,
    DIVERGING,
    HARDLY_LEARNED,
    LEARNED,
    LOSS_JUMP,
    LOSS_JUMP_BATCH,
    MIN_LOSSES,
    RUNNING_AWAY,
    SMALLEST_LOSS_BATCH,
    UPDATE,
)
from gradviz.measures.divergence import BEGINS, LAST, OVER_FIRST, RISE, divergence
from gradviz.measures.loss_course import JUMP, RELATIVE_END, loss_course
from gradviz.measures.update_size import FIRST, LARGEST, update_size
from gradviz.measures.values_of_steps import has_values, values_of_steps
from gradviz.vocabulary import BATCH_SIZE, LOSS, UPDATE_RATIO

_MOST_DECADES = 300  # of a factor that is said
_SMALLER_JUMP = 1.3  # that a large update explains
_FACTORS = (1e-4, 0.1)  # smallest and largest by which the rate is lowered


def learning_rate(recording: xr.DataTree) -> Iterator[Finding]:
    """Little was learned, and the loss has jumped above where it began, by updates that are not small."""
    diverged = [*_diverged(recording), *_running_away(recording)]
    if diverged or has_learned(recording) is None:
        yield from diverged
        return
    course = loss_course(recording)
    jump, end = (training_amount("loss_course", course, name) for name in (JUMP, RELATIVE_END))
    updates = _updates(recording)
    how_bad = _severity(recording, jump.value, end.value, updates[0].value if updates else None)
    if how_bad is None:
        return
    yield Finding(
        kind=kinds.LEARNING_RATE,
        severity=how_bad,
        what=f"The loss rose to {_times(jump.value)} its first value and ended at {_times(end.value)}. "
        + _of_updates(updates)
        + "Steps this large jump over the minimum instead of going down into it.",
        where=Place(),
        amounts=(jump, end, *updates),
        variables=(LOSS, UPDATE_RATIO) if updates else (LOSS,),
        plot="gv.plot_learning_curve(tree)",
        remedy=_lower(updates, "If the loss jumps only now and then, clip the gradient as well."),
    )


def _diverged(recording: xr.DataTree) -> Iterator[Finding]:
    """The loss rose far, step after step, until it was no longer finite."""
    if LOSS not in recording or not has_values(recording, LOSS):
        return
    found = divergence(recording)
    rise, begins, last, over_first = (
        training_amount("divergence", found, name) for name in (RISE, BEGINS, LAST, OVER_FIRST)
    )
    updates = _updates(recording)
    largest = updates[0].value if updates else math.nan
    has_risen, is_large = rise.value >= DIVERGING, largest >= UPDATE["large"]
    if not over_first.value >= DIVERGING or largest < UPDATE["tiny"] or not (has_risen or is_large):
        return
    since = f"From training step {begins.value:.0f} on the loss rose at every step" if has_risen else ""
    yield Finding(
        kind=kinds.LEARNING_RATE,
        severity="trouble",
        what=f"{since or 'The loss rose'} to {last.value:.3g}, {_times(over_first.value)} its first value, "
        "until it was no longer finite. "
        + _of_updates(updates)
        + "Updates that overshoot do this, because each makes the next one larger.",
        where=Place(),
        amounts=(over_first, last, *((rise, begins) if has_risen else ()), *updates),
        variables=(LOSS, UPDATE_RATIO) if updates else (LOSS,),
        plot="gv.plot_learning_curve(tree)",
        remedy=_lower(updates, "A state without a bound, as of a ReLU, needs clipping as well."),
        since=int(begins.value) if has_risen else None,
    )


def _running_away(recording: xr.DataTree) -> Iterator[Finding]:
    """The loss has grown by powers of ten at each of the last steps, in a training of only a few."""
    losses = values_of_steps(recording, LOSS).values
    is_short = RUNNING_AWAY["steps"] < len(losses) < MIN_LOSSES
    if not is_short or not (np.isfinite(losses) & (losses > 0)).all():
        return
    rises = np.diff(np.log10(losses))[-int(RUNNING_AWAY["steps"]) :]
    end = training_amount("loss_course", loss_course(recording), RELATIVE_END)
    updates = _updates(recording)
    if (rises < RUNNING_AWAY["decades"]).any() or end.value < 10 ** RUNNING_AWAY["decades_in_all"]:
        return
    if updates and updates[0].value < UPDATE["tiny"]:
        return
    yield Finding(
        kind=kinds.LEARNING_RATE,
        severity="trouble",
        what=f"Within {len(losses)} training steps the loss rose to {losses[-1]:.3g}, {_times(end.value)} "
        f"its first value, at each of the last {len(rises)} steps by a factor of at least "
        f"{10 ** min(rises.min(), _MOST_DECADES):.2g}. "
        + _of_updates(updates)
        + "Updates that overshoot do this, because each makes the next one larger.",
        where=Place(),
        amounts=(end, *updates),
        variables=(LOSS, UPDATE_RATIO) if updates else (LOSS,),
        plot="gv.plot_learning_curve(tree)",
        remedy=_lower(updates, "A state without a bound, as of a ReLU, needs clipping as well."),
    )


def _lower(updates: tuple[Amount, ...], hint: str) -> Remedy:
    factor = _factor(updates[1].value if updates else math.nan)
    return Remedy(
        f"Train anew with a learning rate of {factor:g} of what it was. {hint}",
        f'for group in optimizer.param_groups:  # once, before training\n    group["lr"] *= {factor:g}',
        (Change("lower_learning_rate", {"factor": factor}),),
    )


def _updates(recording: xr.DataTree) -> tuple[Amount, ...]:
    """The largest update and the first one, which the weights that it has made do not make look small."""
    if not has_values(recording, UPDATE_RATIO):
        return ()
    found = update_size(recording)
    return tuple(training_amount("update_size", found, name) for name in (LARGEST, FIRST))


def _severity(recording: xr.DataTree, jump: float, end: float, update: float | None) -> Severity | None:
    sizes = values_of_steps(recording, BATCH_SIZE).values
    batch = float(sizes.min()) if len(sizes) else 1.0
    is_small = update is not None and update < UPDATE["small"]
    is_large = update is not None and update >= UPDATE["large"]
    if is_small or end < HARDLY_LEARNED or (math.isinf(jump) and not is_large and _is_sudden(recording)):
        return None
    if batch < SMALLEST_LOSS_BATCH:
        return "trouble" if jump >= DIVERGED else None
    noise = max(1.0, math.sqrt(LOSS_JUMP_BATCH / batch))
    if end < LEARNED:  # to know how often each class occurs may be all that was learned
        is_huge = update is not None and update >= UPDATE["huge"]
        return None if jump < LOSS_JUMP["trouble"] * noise else "trouble" if is_huge else "warning"
    if jump >= LOSS_JUMP["trouble"] * noise:
        return "trouble"
    explained = update is not None and update >= UPDATE["large"] and jump >= _SMALLER_JUMP * noise
    if explained and update is not None and update >= UPDATE["huge"]:
        return "trouble"
    return "warning" if explained or jump >= LOSS_JUMP["warning"] * noise else None


def _is_sudden(recording: xr.DataTree) -> bool:
    """Whether the loss was as usual up to the step at which it became infinite."""
    losses = values_of_steps(recording, LOSS).values
    before = losses[: int(np.argmax(~np.isfinite(losses)))]
    return len(before) > 0 and bool(before.max() < LOSS_JUMP["warning"] * losses[0])


def _factor(first_update: float) -> float:
    """A power of ten that makes the first update a usual one."""
    smallest, largest = _FACTORS
    if not math.isfinite(first_update) or first_update <= 0:
        return largest
    power = math.floor(math.log10(UPDATE["usual"] / first_update))
    return float(f"{min(max(10.0**power, smallest), largest):.0e}")


def _times(ratio: float) -> str:
    return "infinitely many times" if math.isinf(ratio) else f"{ratio:.3g} times"


def _of_updates(updates: tuple[Amount, ...]) -> str:
    if not updates:
        return ""
    largest = updates[0].value
    if not math.isfinite(largest):
        return ""
    return f"An update changed the weights by up to {largest:.2g} times their size (0.01 is usual). "
