"""The learning rate of every step: constant, along a cosine or in steps, after a linear warm-up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradviz.arguments import check_finite, check_one_of, check_whole_number

CONSTANT, COSINE, STEPWISE = "constant", "cosine", "step"
SCHEDULES = (CONSTANT, COSINE, STEPWISE)
_FALLS = 3  # a stepwise schedule without ``every`` has so many equal parts


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes from step to step.

    Parameters
    ----------
    name : {"constant", "cosine", "step"}
        ``"cosine"``: half a cosine, from the learning rate down to zero at the end of the training.
        ``"step"``: multiplied by ``factor`` after each ``every`` steps.
    warmup : int
        In so many first steps the learning rate rises linearly: it is (k + 1) / warmup of its full value at
        step k.  The rest of the schedule begins after them.
    every : int, optional
        For ``"step"``; by default a third of the steps after the warm-up.
    factor : float
        For ``"step"``, above 0.

    Raises
    ------
    ValueError, UnknownName
        If a value is not valid.

    References
    ----------
    Loshchilov and Hutter (2017), "SGDR: stochastic gradient descent with warm restarts", equation 5 without
    restarts, for the cosine; Goyal et al. (2017), "Accurate, large minibatch SGD", section 2.2, for the
    linear warm-up.

    Examples
    --------
    >>> from gradviz.training.learning_rate_schedule import Schedule
    >>> halved = Schedule("step", warmup=2, every=3, factor=0.5)
    >>> [halved.rate(0.1, step, steps=8) for step in range(8)]
    [0.05, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05]
    """

    name: str = CONSTANT
    warmup: int = 0
    every: int | None = None
    factor: float = 0.1

    def __post_init__(self) -> None:
        check_one_of("schedule", self.name, SCHEDULES)
        check_whole_number("warmup", self.warmup, at_least=0)
        if self.every is not None:
            check_whole_number("every", self.every, at_least=1)
        check_finite("factor", self.factor, above=0)

    def rate(self, full: float, step: int, *, steps: int) -> float:
        """Learning rate of one step.

        Parameters
        ----------
        full : float
            The learning rate that the schedule starts from.
        step : int
            Counted from 0.
        steps : int
            Number of steps of the whole training.
        """
        if step < self.warmup:
            return full * (step + 1) / self.warmup
        after, left = step - self.warmup, max(steps - self.warmup, 1)
        if self.name == COSINE:
            return full * (1 + math.cos(math.pi * after / left)) / 2
        if self.name == STEPWISE:
            return full * self.factor ** (after // (self.every or -(-left // _FALLS)))
        return full
