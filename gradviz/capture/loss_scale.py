"""The scale by which a ``GradScaler`` multiplied the loss, and recorded gradients without it."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from torch.autograd.graph import Node

from gradviz.capture.private_torch import factors_of, shapes_of_outputs
from gradviz.recording.call_record import CallRecord
from gradviz.vocabulary import GRAD_C, GRAD_GATES, GRAD_H, VARIABLES

_IN_DECADES = frozenset(name for name, variable in VARIABLES.items() if variable.units == "decades")
_SIGNED = frozenset({GRAD_H, GRAD_C, GRAD_GATES})
_MOST_NODES = 64
_CLOSE = 1e-5  # relative: the scale is a float32


class _Pass(NamedTuple):
    """A backward pass as it began: numbers that multiply its loss, and the scale that the scaler had."""

    factors: list[float]
    remembered: float | None


class LossScale:
    """Finds the scale of the backward passes of a training step.

    The scaler is known when ``tape.step`` is given it, and may have changed its scale by then.  So the start
    of each backward pass notes by which numbers the graph multiplies the loss, and the scale of the scaler of
    earlier steps.
    """

    def __init__(self) -> None:
        self._scaler: weakref.ref[Any] | None = None
        self._passes: list[_Pass] = []

    def begin_step(self) -> None:
        """Forget the passes of the step before."""
        self._passes.clear()

    def begin_pass(self, roots: Iterable[Node]) -> None:
        """Note a backward pass that is about to begin."""
        scaler = self.newest
        self._passes.append(_Pass(_factors(roots), None if scaler is None else _present(scaler)))

    @property
    def newest(self) -> Any:
        """The scaler of the newest step that had one; None if there is none, or it is gone."""
        return None if self._scaler is None else self._scaler()

    def remember(self, scaler: Any) -> None:
        """Note the scaler of a training step."""
        self._scaler = weakref.ref(scaler)

    def of_step(self, scaler: Any) -> float:
        """The scale of all backward passes of this step, 1 if it had none.

        NaN if they differ, because their gradients have been added up, or if the scale has become 0.
        """
        if scaler is None or not _is_enabled(scaler):
            return 1.0
        known = _possible(scaler, updates=min(len(self._passes), 8))
        is_newest = scaler is self.newest
        scales = [_scale_of(each, known, is_newest) for each in self._passes]
        if not scales:
            return 1.0
        is_one = all(_is_close(scale, scales[0]) for scale in scales) and 0 < scales[0] < math.inf
        return scales[0] if is_one else math.nan


def check_scaler(scaler: Any) -> None:
    """Raise TypeError if it is not a gradient scaler."""
    if isinstance(scaler, type) or not all(
        callable(getattr(scaler, name, None)) for name in ("get_scale", "scale", "update")
    ):
        kind = (
            f"the class {scaler.__qualname__}" if isinstance(scaler, type) else f"a {type(scaler).__name__}"
        )
        raise TypeError(f"scaler is {kind}: must be the torch.amp.GradScaler that scaled the loss")


def without_scale(record: CallRecord, scale: float) -> CallRecord:
    """The record with its gradients divided by the scale of the loss.

    ``underflow`` stays: it is about the gradient that training used.
    """
    if scale == 1:
        return record
    divided: Mapping[str, np.ndarray] = {
        name: values - math.log10(scale) if name in _IN_DECADES else values / scale
        for name, values in record.variables.items()
        if name in _IN_DECADES | _SIGNED
    }
    return record.with_more(divided, {})


def _scale_of(each: _Pass, known: list[float], is_newest: bool) -> float:
    """The scale of a pass: as its graph shows it, else as the scaler had it then, else as it has it now."""
    expected = [each.remembered] if is_newest and each.remembered is not None else known
    for factor in each.factors:
        if any(_is_close(factor, scale) for scale in expected):
            return factor
    return expected[0]


def _factors(roots: Iterable[Node]) -> list[float]:
    """The numbers that the graph multiplies a loss by, from the root on, as far as it is a single number."""
    waiting, found = list(dict.fromkeys(roots)), []
    seen = set(waiting)
    for node in waiting:
        found += factors_of(node)
        if any(math.prod(shape) != 1 for shape in shapes_of_outputs(node)) or len(seen) > _MOST_NODES:
            continue
        for source, _ in node.next_functions:
            if source is not None and source not in seen:
                seen.add(source)
                waiting.append(source)
    return found


def _possible(scaler: Any, *, updates: int) -> list[float]:
    """The scale of a scaler, and what it may have been before it was updated."""
    found = [_present(scaler)]
    changes = [
        float(change())
        for name in ("get_growth_factor", "get_backoff_factor")
        if callable(change := getattr(scaler, name, None))
    ]
    newest = found
    for _ in range(updates):
        newest = [scale / change for scale in newest for change in changes if change]
        newest = [scale for scale in dict.fromkeys(newest) if scale not in found]
        found += newest
    return found


def _present(scaler: Any) -> float:
    return float(scaler.get_scale())


def _is_enabled(scaler: Any) -> bool:
    is_enabled = getattr(scaler, "is_enabled", None)
    return bool(is_enabled()) if callable(is_enabled) else True


def _is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE)
