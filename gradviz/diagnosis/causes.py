"""Which findings explain which others: one table."""

from __future__ import annotations

from gradviz.diagnosis import kinds

_UPDATES = (kinds.ACCUMULATE, kinds.LEARNING_RATE)
_INPUT = (kinds.INPUT_NOT_NORMALISED, kinds.INPUT_GROWS)

CAUSES: dict[str, tuple[str, ...]] = {
    kinds.LEARNING_RATE: (kinds.ACCUMULATE,),
    kinds.LEARNING_RATE_LOW: (
        *(kinds.FROZEN_WEIGHTS, kinds.NOT_IN_OPTIMIZER, kinds.NO_GRADIENT, kinds.LAYER_UNREACHED),
        *(kinds.DEAD_RELU, kinds.SATURATED, kinds.CLOSED_GATE, kinds.FROZEN),
    ),
    kinds.INPUT_GROWS: _UPDATES,
    kinds.REVERSE_UNUSED: (kinds.READS_PADDING,),
    kinds.NOT_FINITE: (*_UPDATES, kinds.EXPLODING),
    kinds.REPLAY_ERROR: _INPUT,
    kinds.NO_GRADIENT: (kinds.DEAD_RELU,),
    kinds.CONSTANT_INPUT: (kinds.DEAD_RELU,),
    kinds.TIME_AND_BATCH: (kinds.SCRAMBLED_VIEW,),
    kinds.DIRECT_ONLY: (kinds.WEIGHTS_VANISH,),
    kinds.EXPLODING: _UPDATES,
    kinds.CLIPPING: (*_UPDATES, kinds.EXPLODING),
    kinds.DEAD_RELU: (*_INPUT, *_UPDATES),
    kinds.SATURATED: (*_INPUT, *_UPDATES),
    kinds.FROZEN: (*_INPUT, *_UPDATES, kinds.SATURATED),
    kinds.CLOSED_GATE: (*_INPUT, *_UPDATES, kinds.SATURATED),
    kinds.OPEN_GATE: (*_INPUT, *_UPDATES),
    kinds.FORGET_BIAS: (*_INPUT, *_UPDATES, kinds.NOT_PACKED, kinds.SATURATED, kinds.WEIGHTS_VANISH),
    kinds.VANISHING: (
        *(*_INPUT, *_UPDATES, kinds.NOT_PACKED, kinds.WEIGHTS_VANISH),
        *(kinds.SATURATED, kinds.DEAD_RELU, kinds.FORGET_BIAS, kinds.CLOSED_GATE),
    ),
    kinds.BELOW_RANGE: (
        *(*_INPUT, *_UPDATES),
        *(kinds.SATURATED, kinds.DEAD_RELU, kinds.FORGET_BIAS, kinds.VANISHING),
    ),
    kinds.PREDICTS_MEAN: (
        *(kinds.TARGET_BROADCAST, kinds.SOFTMAX_TWICE, kinds.LABELS_CONSTANT, kinds.SCRAMBLED_VIEW),
        *(kinds.NOT_IN_OPTIMIZER, kinds.FROZEN_WEIGHTS, kinds.WEIGHTS_VANISH),
        *(*_INPUT, *_UPDATES, kinds.NO_GRADIENT, kinds.LAYER_UNREACHED, kinds.WRONG_BATCH_FIRST),
        *(kinds.DIRECT_ONLY, kinds.DETACHED, kinds.LEARNING_RATE_LOW),
        *(kinds.DEAD_RELU, kinds.SATURATED, kinds.CLOSED_GATE, kinds.FROZEN),
        *(kinds.FORGET_BIAS, kinds.VANISHING),
    ),
}
"""For a kind of finding, the kinds that cause it in the same module, the first one that was found counts."""

LASTING: dict[str, tuple[str, ...]] = {
    kinds.DEAD_RELU: (kinds.EXPLODING,),
    kinds.SATURATED: (kinds.EXPLODING,),
    kinds.FROZEN: (kinds.EXPLODING,),
    kinds.CLOSED_GATE: (kinds.EXPLODING,),
    kinds.VANISHING: (kinds.EXPLODING,),
    kinds.NO_GRADIENT: (kinds.LEARNING_RATE,),
}
"""The same for causes that a training has left behind: they were there just before the trouble began."""

_OF_ALL_MODULES = (kinds.NOT_FINITE, kinds.PREDICTS_MEAN, kinds.LEARNING_RATE_LOW, kinds.NO_GRADIENT)
"""Kinds that have their cause in any module."""

_HOWEVER_BAD = _INPUT
"""Kinds that explain even what looks worse: a training that learns in spite of them takes no harm of that."""

_GRADUAL = (kinds.WEIGHTS_VANISH,)
"""Kinds that are felt before they have gone as far as they must to be named."""


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


def is_gradual(kind: str) -> bool:
    """Whether the consequences of a kind of finding may show at an earlier training step than it does.

    Parameters
    ----------
    kind : str

    Returns
    -------
    bool
    """
    return kind in _GRADUAL


def explains_worse(kind: str) -> bool:
    """Whether a kind of finding may be the cause of one that is more severe.

    Parameters
    ----------
    kind : str

    Returns
    -------
    bool
    """
    return kind in _HOWEVER_BAD
