"""Checks that the attributes of a recording have the values that its readers rely on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from gradviz import vocabulary as v
from gradviz.errors import BadRecording

_MOST_SHOWN = 60  # characters of a value in a message


class _Kind(NamedTuple):
    """What an attribute must be, in words, and the test of it."""

    words: str
    fits: Callable[[Any], bool]


def _is_whole(value: object, least: int) -> bool:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return isinstance(value, Integral) and least <= int(value) < 2**63


def _is_flag(value: object) -> bool:
    return isinstance(value, Integral | float | np.bool_) and value in (0, 1)


def _is_error(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not value < 0


def _one_of(*names: str) -> _Kind:
    return _Kind(f"one of {', '.join(names)}", lambda value: isinstance(value, str) and value in names)


_TEXT = _Kind("text", lambda value: isinstance(value, str))
_FROM_ZERO = _Kind("a whole number from 0", lambda value: _is_whole(value, 0))
_FROM_ONE = _Kind("a whole number from 1", lambda value: _is_whole(value, 1))
_FLAG = _Kind("0 or 1", _is_flag)
_FINITE = _Kind("a finite number", lambda value: isinstance(value, Real) and math.isfinite(value))
_ERROR = _Kind("a number from 0, or NaN", _is_error)

_OF_A_RUN = {
    v.LAG: _FROM_ONE,
    v.FIXED_LAG: _FLAG,
    v.BASELINE: _FINITE,
    v.BASELINE_MEANING: _TEXT,
    v.TEXT: _TEXT,
    v.PROBE_INPUT: _TEXT,
    v.PROBE_KIND: _one_of(v.PROBE_RANDOM, v.PROBE_GIVEN),
    v.PROBE_LOSS: _TEXT,
    v.PROBE_LOSS_KIND: _one_of(v.PROBE_LAST_STEP, v.PROBE_GIVEN),
    v.MODEL_IS_LAYER: _FLAG,
    v.NOTHING_RECORDED: _TEXT,
}
_OF_A_MODULE = {
    v.MODULE: _TEXT,
    v.DETAIL: _one_of(v.NORMS, v.FULL, v.FORWARD_ONLY),
    v.REPLAY_ERROR: _ERROR,
    v.BATCH_SIZE: _FROM_ZERO,
    v.LENGTH: _FROM_ZERO,
    v.CALLS_FROM_ONE_STATE: _FROM_ZERO,
    v.STEPS_WITHOUT_TAPE_STEP: _FROM_ZERO,
    v.NAMES_NOT_ZEROED: _TEXT,
    v.NAMES_NOT_IN_OPTIMIZER: _TEXT,
    v.CONTINUES: _TEXT,
    v.DTYPE: _TEXT,
    v.COMPUTE_DTYPE: _TEXT,
    v.INPUT_SIZE: _FROM_ZERO,
    v.HIDDEN_SIZE: _FROM_ONE,
    v.PROJ_SIZE: _FROM_ZERO,
    v.NUM_LAYERS: _FROM_ONE,
    v.BIDIRECTIONAL: _FLAG,
    v.BATCH_FIRST: _FLAG,
    v.BIAS: _FLAG,
    v.TRAINABLE: _FLAG,
    v.IN_A_LOOP: _FLAG,
}
_OF_A_VARIABLE = {"long_name": _TEXT, "units": _TEXT}


def check_attributes_of_run(attributes: Mapping[Any, Any]) -> None:
    """Raise ``BadRecording`` if an attribute of the root that gradviz reads has an unusable value."""
    _check(attributes, _OF_A_RUN)


def check_attributes_of_module(attributes: Mapping[Any, Any]) -> None:
    """Raise ``BadRecording`` if an attribute of a module has an unusable value.

    The cell and the gates of a recurrence written by hand are not looked at.
    """
    _check(attributes, _OF_A_MODULE)


def check_attributes_of_variable(name: str, attributes: Mapping[Any, Any]) -> None:
    """Raise ``BadRecording`` if the long name or the units of a variable are not text."""
    _check(attributes, _OF_A_VARIABLE, f" of {name!r}")


def shown(value: object) -> str:
    """A value for a message: on one line, with control characters escaped, cut after 60 characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def _check(attributes: Mapping[Any, Any], kinds: Mapping[str, _Kind], of: str = "") -> None:
    for name, kind in kinds.items():
        if name in attributes and not kind.fits(attributes[name]):
            raise BadRecording(f"attribute {name!r}{of} is {shown(attributes[name])}; expected {kind.words}")
