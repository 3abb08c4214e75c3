"""Which findings explain which others: one table."""

from __future__ import annotations

from gradviz.diagnosis import kinds

CAUSES: dict[str, tuple[str, ...]] = {
    kinds.NOT_FINITE: (kinds.EXPLODING,),
    kinds.CLIPPING: (kinds.EXPLODING,),
    kinds.FROZEN: (kinds.SATURATED,),
    kinds.CLOSED_GATE: (kinds.SATURATED,),
    kinds.FORGET_BIAS: (kinds.SATURATED,),
    kinds.VANISHING: (kinds.SATURATED, kinds.DEAD_RELU, kinds.FORGET_BIAS, kinds.CLOSED_GATE),
    kinds.BELOW_RANGE: (kinds.SATURATED, kinds.DEAD_RELU, kinds.FORGET_BIAS, kinds.VANISHING),
}
"""For a kind of finding, the kinds that cause it in the same module, the first one that was found counts."""

LASTING: dict[str, tuple[str, ...]] = {
    kinds.DEAD_RELU: (kinds.EXPLODING,),
    kinds.SATURATED: (kinds.EXPLODING,),
    kinds.FROZEN: (kinds.EXPLODING,),
    kinds.CLOSED_GATE: (kinds.EXPLODING,),
    kinds.VANISHING: (kinds.EXPLODING,),
}
"""The same for causes that a training has left behind: they were there just before the trouble began."""

_OF_ALL_MODULES = (kinds.NOT_FINITE,)
"""Kinds that have their cause in any module."""


def explains(cause: str, consequence: str) -> bool:
    """Whether one kind of finding is a cause of another.

    Parameters
    ----------
    cause, consequence : str

    Returns
    -------
    bool
    """
    return cause in CAUSES.get(consequence, ())


def is_felt_everywhere(kind: str) -> bool:
    """Whether a kind of finding may have its cause in another module.

    Parameters
    ----------
    kind : str

    Returns
    -------
    bool
    """
    return kind in _OF_ALL_MODULES
