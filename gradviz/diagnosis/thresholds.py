"""Every limit of the diagnosis: one table.

They are round numbers, chosen on models that are known to be broken or healthy and tried on others; the test
of the diagnosis holds both and prints what came out.
"""

from __future__ import annotations

from gradviz.diagnosis.finding import Severity

VANISHING = {"trouble": 6.0, "warning": 3.0}
"""Decades lost over the lag. A float32 sum keeps seven digits: what is a millionth of it is rounding."""

EXPLODING = {"trouble": 2.0, "warning": 1.0}
"""Decades gained over the lag: the far steps then drown the near ones, and the next update overshoots."""

TRANSIENT = {"trouble": 1.5, "warning": 1.0}
"""Decades gained up to a peak, at least half of which are lost again after it."""

SATURATED = {"trouble": 0.9, "warning": 0.5}
"""Fraction of a gate's activations beyond .1 and .9, each side having a fifth of them. Above the lower limit
it is trouble only where the gradient vanishes too: trained networks saturate gates on purpose."""

CLOSED = {"trouble": 0.95, "warning": 0.5}
"""Fraction of an output gate's activations below .1."""

LARGE_INPUT = 3.0
"""Norm of the input, for the root of its number of features, from which it counts as large: 1 is usual."""

DEAD = {"trouble": 0.5, "warning": 0.1}
"""Fraction of relu units that are zero at every step of every sequence."""

CLIPPED = {"trouble": 0.9, "warning": 0.5}
"""Fraction of the training steps at which the gradient was clipped."""

FROZEN = 0.1
"""Fraction of its state that a unit may replace over the whole sequence and still count as frozen."""

KEEPS_FOR = 0.5
"""Fraction of the lag that the longest time constants should reach."""

LETS_GO_AT_ONCE = 1.5
"""Time constant below which a gate does not even keep its state for a step."""

RESTLESS = 3.0
"""How much more the input may change in a time step than from one sequence to the next."""

FEWEST_STEPS = 10
"""Training steps below which nothing is said of clipping."""

FAR_BEYOND = 10.0
"""How many times the limit of the replay error rounding may still explain, in networks with large weights."""


def severity(amount: float, thresholds: dict[str, float]) -> Severity | None:
    """The severity of an amount, or None below all thresholds."""
    if amount >= thresholds["trouble"]:
        return "trouble"
    return "warning" if amount >= thresholds["warning"] else None
