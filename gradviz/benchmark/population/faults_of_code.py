"""Faults of the model's code: what is cut off, read or turned round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradviz.benchmark.population.assignments import CLASSES, ONE_ANSWER, REGRESSIONS
from gradviz.benchmark.population.fault import Fault, Random, log_between
from gradviz.benchmark.population.fitting import assigned
from gradviz.benchmark.population.setup import Setup
from gradviz.diagnosis import kinds as k


def _fused(**fields: Any) -> Callable[[Setup, Random], Setup]:
    """A fused layer on a task with one answer, with other fields."""

    def fits(setup: Setup, rng: Random) -> Setup:
        base = assigned(setup, ONE_ANSWER, rng)
        plain: dict[str, Any] = {"way": "fused", "directions": 1, "decodes": False, "axes": "batch_first"}
        return replace(base, **(plain | {"reads": "last_step"} | fields))

    return fits


def _in_pieces(setup: Setup, rng: Random) -> Setup:
    """Any way through the sequence, in one direction, on a task with a lag."""
    base = assigned(setup, CLASSES, rng)
    return replace(base, directions=1, decodes=False, reads="last_step", axes="batch_first")


def _in_steps(setup: Setup, rng: Random) -> Setup:
    return replace(_in_pieces(setup, rng), way=str(rng.choice(["steps", "cells"])))


def _with_lag(**fields: Any) -> Callable[[Setup, Random], Setup]:
    """A fused layer on a task whose answer needs the first steps."""
    return lambda setup, rng: _fused(**fields)(assigned(setup, CLASSES, rng), rng)


def _needs_later_steps(setup: Setup, rng: Random) -> Setup:
    """A fused layer on a task whose answer is not in the first step."""
    later = ("temporal_order", "parity", "parity_logit", *REGRESSIONS)
    return _fused()(assigned(setup, later, rng), rng)


def _ragged(setup: Setup, rng: Random) -> Setup:
    base = assigned(setup, ("ragged_recall",), rng)
    return replace(base, way="fused", directions=1, decodes=False, axes="batch_first", reads="end_states")


def _every_k(setup: Setup, rng: Random) -> float:
    return float(rng.integers(2, max(3, setup.length // 2)))


CUT_OFF = frozenset({k.DETACHED, k.DIRECT_ONLY})
UNREACHED = frozenset({k.NO_GRADIENT, k.LAYER_UNREACHED})

IN_CODE = (
    Fault(
        "detached_every_k",
        CUT_OFF,
        fits=_in_pieces,
        strength=_every_k,
        code=lambda setup, size: replace(setup, detach_every=int(size)),
    ),
    Fault(
        "detached_every_step",
        CUT_OFF,
        fits=_in_steps,
        code=lambda setup, _: replace(setup, detach_every=1),
    ),
    Fault(
        "state_not_handed_on",
        CUT_OFF | {"state_not_handed_on"},
        fits=_in_steps,
        code=lambda setup, _: replace(setup, hands_on=False),
    ),
    Fault(
        "reads_first_layer",
        UNREACHED,
        fits=_fused(layers=2, reads="end_states"),
        code=lambda setup, _: replace(setup, reads="first_layer"),
    ),
    Fault(
        "reads_last_state_of_bidirectional",
        frozenset({k.DIRECTION_UNREACHED, k.NO_GRADIENT, k.REVERSE_UNUSED}),
        fits=_fused(directions=2, reads="end_states"),
        code=lambda setup, _: replace(setup, reads="last_state"),
    ),
    Fault(
        "reads_first_two_states",
        UNREACHED,
        fits=_fused(layers=2, directions=2, reads="end_states"),
        code=lambda setup, _: replace(setup, reads="first_two_states"),
    ),
    Fault(
        "reads_first_step",
        CUT_OFF | {k.NO_GRADIENT, "first_step_read"},
        fits=_needs_later_steps,
        code=lambda setup, _: replace(setup, reads="first_step"),
    ),
    Fault(
        "reads_last_step_of_bidirectional",
        frozenset({k.REVERSE_UNUSED, k.DIRECTION_UNREACHED}),
        fits=_fused(directions=2, reads="end_states"),
        code=lambda setup, _: replace(setup, reads="last_step"),
    ),
    Fault(
        "reads_padding",
        frozenset({k.READS_PADDING}),
        fits=_ragged,
        code=lambda setup, _: replace(setup, unpacked=True),
    ),
    Fault(
        "batch_first_swapped",
        frozenset({k.WRONG_BATCH_FIRST, k.TIME_AND_BATCH}),
        fits=_with_lag(),
        code=lambda setup, _: replace(setup, axes="swapped"),
    ),
    Fault(
        "view_for_transpose",
        frozenset({"scrambled_view", k.TIME_AND_BATCH}),
        fits=_with_lag(axes="transpose"),
        code=lambda setup, _: replace(setup, axes="view"),
    ),
    Fault(
        "encoder_detached",
        UNREACHED | CUT_OFF,
        fits=_with_lag(decodes=True),
        code=lambda setup, _: replace(setup, bridge_detached=True),
    ),
    Fault(
        "window_too_short",
        CUT_OFF,
        fits=_with_lag(),
        strength=lambda setup, rng: float(rng.integers(2, max(3, setup.length - 1))),
        code=lambda setup, steps: replace(setup, window=int(steps)),
    ),
    Fault(
        "half_of_batch_unread",
        frozenset({k.SEQUENCES_UNREACHED}),
        fits=_fused(),
        strength=log_between(0.1, 0.6),
        code=lambda setup, part: replace(setup, rows_read=part),
    ),
)
