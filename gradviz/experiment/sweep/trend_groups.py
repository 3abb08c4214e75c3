"""The runs of a sweep over which a claim says that values rise or fall, in the order of one of its keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import INIT, OPTIONS, is_about
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.toml_values import value_at
from gradviz.experiment.run.expectations import has_values
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.vocabulary import SEED


class TrendGroup(NamedTuple):
    """Runs that differ in their seed, in the claim's key, and in what goes together with that key.

    Attributes
    ----------
    values : dict
        The swept values that they share, by dotted key.
    levels : dict of float to list of PointCurves
        The runs by the value of the claim's key, in rising order.
    """

    values: dict[str, Any]
    levels: dict[float, list[PointCurves]]


def trend_groups(claim: Expectation, points: Iterable[PointCurves]) -> list[TrendGroup]:
    """The groups that a claim with ``falls_with`` or ``rises_with`` is about, in the order of the points.

    Parameters
    ----------
    claim : Expectation
    points : iterable of PointCurves
        A run whose value of the claim's key is not a number is in no group.
    """
    found: dict[str, tuple[dict[str, Any], dict[str, PointCurves]]] = {}
    for one in points:
        if has_values(one.experiment, claim.conditions) and level_of(claim, one) is not None:
            free = _free_keys(claim, one)
            table = one.experiment.model_dump(mode="json")
            for key in free:
                _remove(table, key)
            name = json.dumps(table, sort_keys=True)
            _, runs = found.setdefault(name, (_shared(claim, one, free), {}))
            runs[fingerprint(one.experiment)] = one
    return [TrendGroup(values, _by_level(claim, runs.values())) for values, runs in found.values()]


def level_of(claim: Expectation, one: PointCurves) -> float | None:
    """A run's value of the claim's key; None if it is not a number."""
    value = value_at(one.experiment.model_dump(), claim.trend_key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _by_level(claim: Expectation, runs: Iterable[PointCurves]) -> dict[float, list[PointCurves]]:
    levels: dict[float, list[PointCurves]] = {}
    for one in runs:
        level = level_of(claim, one)
        if level is not None:
            levels.setdefault(level, []).append(one)
    return dict(sorted(levels.items()))


def _free_keys(claim: Expectation, one: PointCurves) -> set[str]:
    """The seed, the claim's key, and what goes together with it; not the rest of the key's table."""
    swept = [key for keys in one.point.together for key in keys]
    beside = {
        key
        for keys in one.point.together
        if any(is_about(other, claim.trend_key, swept) for other in keys)
        for key in keys
        if not is_about(key, claim.trend_key, swept)
    }
    return {SEED, claim.trend_key, *beside, *([OPTIONS] if INIT in beside else [])}


def _shared(claim: Expectation, one: PointCurves, free: Iterable[str]) -> dict[str, Any]:
    shared: dict[str, Any] = {}
    for key, value in one.point.values.items():
        inner = claim.trend_key.removeprefix(f"{key}.")
        if key in free:
            continue
        if isinstance(value, Mapping) and inner != claim.trend_key:  # a swept table that has the claim's key
            shared[key] = {name: part for name, part in value.items() if name != inner}
        else:
            shared[key] = value
    return shared


def _remove(table: dict[str, Any], key: str) -> None:
    *path, last = key.split(".")
    inner = value_at(table, ".".join(path)) if path else table
    if isinstance(inner, dict):
        inner.pop(last, None)
