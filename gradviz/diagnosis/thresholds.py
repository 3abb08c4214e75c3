"""Every limit of the diagnosis: one table.

Most are round numbers. They were chosen on models that are known to be broken or healthy, and checked on
others. tests/diagnosis/test_confusion.py holds both and prints the result.
"""

from __future__ import annotations

from gradviz.diagnosis.finding import Severity
from gradviz.diagnosis.reliability import lost_from

VANISHING = {"trouble": lost_from(0.8), "warning": lost_from(0.5)}
"""Decades lost over the lag, from which on four of five, or half, of the trainings with one fixed lag failed.

They come out as 6 and 3. Of all that lost 6 or more, nine of ten failed; `outcome_counts` has the counts."""

HOPELESS_FROM = 30
"""First training step at which the early warning judges."""

HOPELESS = 10.0
"""Decades lost over a fixed lag, from which on the early warning calls a training hopeless.

It stops at most 2 % of the trainings that learn: ``experiments/vanishing/early_stop.py`` has chosen it on one
half of them, and judges it on the other."""

EXPLODING = {"trouble": 2.0, "warning": 1.0}
"""Decades gained over the lag. The early steps then dominate the update, and it overshoots."""

LAG_TOLERANCE = 2
"""Time steps by which a given lag may be longer than the sequences allow: people give their length, or one
more, and mean the whole sequence."""

TRANSIENT = {"trouble": 1.5, "warning": 1.0}
"""Decades gained up to a peak, of which at least `TRANSIENT_FADED` is lost again after it."""

TRANSIENT_FADED = 0.5
"""Fraction of the decades gained that must be lost again after the peak."""

SATURATED = {"trouble": 0.9, "warning": 0.5}
"""Fraction of a gate's activations that are saturated, at least `TWO_SIDED` of them at each end. Above the
lower limit it is trouble only where the gradient vanishes too: trained networks saturate gates on purpose."""

TWO_SIDED = 0.2
"""Fraction of a gate's saturated activations that must lie at each end for it to count as two-sided."""

CLOSED = {"trouble": 0.95, "warning": 0.5}
"""Fraction of an output gate's activations below 0.1."""

ALWAYS_OPEN = 0.95
"""Fraction of the activations of a gate written by hand above 0.9, from which it is always open."""

LARGE_INPUT = 3.0
"""Norm of the input, divided by the root of its number of features, from which it is large; 1 is usual."""

DEAD = {"trouble": 0.5, "warning": 0.1}
"""Fraction of relu units that are zero at every step of every sequence."""

CLIPPED = {"trouble": 0.9, "warning": 0.5}
"""Fraction of the training steps at which the gradient was clipped."""

MIN_CLIPPING_STEPS = 10
"""Training steps below which clipping is not judged."""

MIN_WRITE_WEIGHT = 0.1
"""Write weight, summed over the whole sequence, below which the state of a unit counts as frozen."""

TIME_CONSTANT_OF_LAG = 0.5
"""Fraction of the lag that the longest time constants should reach."""

TIME_CONSTANT_OF_LAG_ALONE = 0.1
"""The same where only the gate can be judged, because the loss reads most time steps."""

MIN_TIME_CONSTANT = 1.5
"""Time constant below which a gate does not keep its state for even one step."""

INPUT_CHANGE_RATIO = 3.0
"""Change of the input per time step, relative to that between neighbouring sequences, that is suspicious."""

MOST_STEPS = 0.5
"""Fraction of a sequence's time steps read by the loss, above which it hides the gradient of later steps."""

ROUNDING_FACTOR = 10.0
"""How many times its limit the replay error may be through rounding alone, in networks with large weights."""

ORTHOGONAL_LAG = 50
"""Time steps over which an orthogonal tanh network still passes a thirtieth of the gradient."""


def severity(amount: float, thresholds: dict[str, float]) -> Severity | None:
    """The severity of an amount, or None below all thresholds."""
    if amount >= thresholds["trouble"]:
        return "trouble"
    return "warning" if amount >= thresholds["warning"] else None
