"""The rows of a summary: the modules of a recording, its loss, its gradient, its gates and its odd values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import xarray as xr

from gradviz.diagnosis.percent import percent
from gradviz.errors import BadRecording
from gradviz.measures.loss_course import END, FIRST, loss_course
from gradviz.measures.losses_of_finished_steps import losses_of_finished_steps
from gradviz.measures.not_finite import FIRST as FIRST_LOST
from gradviz.measures.not_finite import LOSSES, finite_losses, where_lost
from gradviz.recording.module_in_words import module_in_words
from gradviz.recording.tree import module_names
from gradviz.report.last_step import (
    LOST_STATES,
    ZERO,
    Extreme,
    Fraction,
    gradients_over_time,
    last_step,
    odd_values,
    saturated_gates,
)
from gradviz.short_view import short_name
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, LENGTH, SAMPLE, TIME

_MOST_MODULES = 3
_MOST_GATES = 3
_HARDLY = 0.01  # a gate that is saturated less often is not named

Found = TypeVar("Found")
Row = tuple[str, str]


def module_rows(tree: xr.DataTree) -> Iterator[Row]:
    """What each module is; of more than three, the first two and how many more there are.

    Parameters
    ----------
    tree : DataTree

    Yields
    ------
    (str, str)
    """
    names = module_names(tree)
    shown = names if len(names) <= _MOST_MODULES else names[: _MOST_MODULES - 1]
    for name in shown:
        node = tree.children[name]
        yield name, module_in_words(node.attrs, lengths=_lengths(node), samples=node.sizes.get(SAMPLE))
    if len(shown) < len(names):
        yield "...", f"and {len(names) - len(shown)} more modules"


def measured_rows(tree: xr.DataTree) -> Iterator[Row]:
    """The loss of the training, and what the last recorded step of its modules says.

    Parameters
    ----------
    tree : DataTree

    Yields
    ------
    (str, str)
        What was not recorded says so.
    """
    yield "loss", _loss(tree)
    steps = {name: last_step(tree.children[name].to_dataset(inherit=False)) for name in module_names(tree)}
    if not steps:
        return
    odd, _ = _of_every(odd_values, steps)
    yield "gradient", _gradient(steps)
    yield "gates", _gates(steps, odd)
    yield "values", _values(tree, odd)


def _lengths(node: xr.DataTree) -> tuple[int, int] | None:
    if LENGTH in node.data_vars and node[LENGTH].notnull().any():
        return int(node[LENGTH].min()), int(node[LENGTH].max())
    length = node.sizes.get(TIME)
    return None if length is None else (length, length)


def _loss(tree: xr.DataTree) -> str:
    try:
        found = loss_course(tree)
    except BadRecording as error:
        return f"unknown: {error}"
    first, end = float(found[FIRST]), float(found[END])
    lost = _lost_at_the_end(tree)
    if lost:
        return f"{first:.3g} at first, {lost}"
    baseline = tree.attrs.get(BASELINE)
    text = f"{first:.3g} at first, {end:.3g} at the end"
    if not isinstance(baseline, int | float):
        return text
    against = "below" if end < baseline else "not below"
    meaning = tree.attrs.get(BASELINE_MEANING)
    return f"{text}: {against} the trivial predictor, {baseline:.3g}" + (f" ({meaning})" if meaning else "")


def _lost_at_the_end(tree: xr.DataTree) -> str:
    """The loss at the end if it is infinite or not a number, else nothing."""
    losses = losses_of_finished_steps(tree)
    values = losses.values
    if values.ndim != 1 or not values.size or not where_lost(values)[-1]:
        return ""
    last = "NaN" if np.isnan(values[-1]) else f"{values[-1]:g}"
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return f"{last} at the end"
    step = losses[losses.dims[0]].values[finite[-1]]
    return f"{last} at the end (last finite: {values[finite[-1]]:.3g}, step {step})"


def _gradient(steps: Mapping[str, xr.Dataset]) -> str:
    found, why = _of_every(gradients_over_time, steps)
    if not found:
        return f"unknown: {why}"
    widest = max(found, key=lambda each: each.decades)
    if widest.largest is None or widest.smallest is None:
        return "nowhere finite and above zero"
    if widest.largest.time == widest.smallest.time:
        return f"{_at(widest.largest)} only ({widest.where})"
    range_of_all = f"{_at(widest.largest)} to {_at(widest.smallest)}"
    return f"{range_of_all}, {_short(widest.decades)} decades ({widest.where})"


def _gates(steps: Mapping[str, xr.Dataset], odd: Iterable[Fraction]) -> str:
    found, why = _of_every(saturated_gates, steps)
    worst = _worst(found)
    if not worst:
        return f"unknown: {why}" if why else "not recorded"
    named = [each for each in worst if each.value >= _HARDLY][:_MOST_GATES]
    if not named and any(each.what == LOST_STATES and each.value > 0 for each in odd):
        return "unknown: not finite"  # NaN lies on no side of any limit
    if not worst[0].value:
        return "never saturated"
    if not named:
        return f"hardly saturated, at most {percent(worst[0].value)} ({worst[0].where})"
    return "saturated: " + "; ".join(_in_words(each) for each in named)


def _values(tree: xr.DataTree, found: Sequence[Fraction]) -> str:
    odd = [*_lost(tree), *(_in_words(each) for each in _worst(found) if each.value > 0)]
    if odd:
        return "; ".join(odd)
    if not found:
        return "unknown: neither gradients nor states were recorded"
    has_gradient = any(each.what == ZERO for each in found)
    return "all finite" + (", no gradient zero or below the float range" if has_gradient else "")


def _lost(tree: xr.DataTree) -> Iterator[str]:
    try:
        losses = finite_losses(tree)
    except BadRecording:  # no loss
        return
    if float(losses[LOSSES]) > 0:
        yield f"loss not finite from training step {float(losses[FIRST_LOST]):.0f} on"


def _of_every(
    measure: Callable[[str, xr.Dataset], Iterable[Found]], steps: Mapping[str, xr.Dataset]
) -> tuple[list[Found], str]:
    """What a measure finds in the modules, and why it found nothing in one of them."""
    found: list[Found] = []
    why = ""
    for name, dataset in steps.items():
        try:
            found += measure(short_name(name), dataset)
        except BadRecording as error:
            why = str(error)
    return found, why


def _worst(found: Iterable[Fraction]) -> list[Fraction]:
    """The largest fraction of each kind, the largest first; without those that are not known."""
    by_kind: dict[str, Fraction] = {}
    for each in found:
        if not math.isnan(each.value) and each.value > by_kind.get(each.what, _NONE).value:
            by_kind[each.what] = each
    return sorted(by_kind.values(), key=lambda each: -each.value)


_NONE = Fraction("", "", -math.inf)


def _in_words(each: Fraction) -> str:
    return f"{each.what} {percent(each.value)} ({each.where})"


def _at(extreme: Extreme) -> str:
    return f"10^{_short(extreme.log10)} at step {extreme.time}"


def _short(number: float) -> str:
    return f"{number:.1f}" if abs(number) < 1e4 else f"{number:.2g}"
