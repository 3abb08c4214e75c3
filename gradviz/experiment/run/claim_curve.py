"""A metric of a run as a claim sees it: its values, and the training steps after which they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class SparseCurve(NamedTuple):
    """Values that only some training steps have.

    Attributes
    ----------
    steps : list of int
        In increasing order.
    values : list of float
        One for each.
    """

    steps: list[int]
    values: list[float]


class Curve(NamedTuple):
    """The values of a metric, and of what they are.

    Attributes
    ----------
    steps : sequence of int
        Training steps, counted from 0, in increasing order.
    values : sequence of float
        One for each.
    taken : int
        Number of training steps of the run.
    """

    steps: Sequence[int]
    values: Sequence[float]
    taken: int


def as_curve(values: Sequence[float] | Curve) -> Curve:
    """A curve; plain values are those of the steps 0, 1, 2, ..."""
    return values if isinstance(values, Curve) else Curve(range(len(values)), values, len(values))


def of_evaluations(curve: SparseCurve, taken: int) -> Curve:
    """The curve of a validation, in a run of so many training steps."""
    return Curve(curve.steps, curve.values, taken)
