"""The runs of a sweep that a claim puts together: those that differ in their seed only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import is_about, table_has, with_plain_init
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.toml_values import is_same, value_at
from gradviz.experiment.run.claim_curve import Curve
from gradviz.experiment.run.expectations import has_values
from gradviz.experiment.sweep.grid import Point
from gradviz.vocabulary import SEED


class PointCurves(NamedTuple):
    """A point and its metrics, by the name that claims use; None if it has no result.

    A run that ``diverged`` has no value at its end, and never reaches what it has not reached.
    """

    point: Point
    metrics: Mapping[str, Sequence[float] | Curve] | None
    diverged: bool = False

    @property
    def experiment(self) -> Experiment:
        """The point's experiment."""
        return self.point.experiment


class Group(NamedTuple):
    """Runs that differ in their seed only.

    Attributes
    ----------
    values : dict
        The swept values that they share, by dotted key.
    runs : list of PointCurves
    """

    values: dict[str, Any]
    runs: list[PointCurves]


def groups(claim: Expectation, points: Iterable[PointCurves]) -> list[Group]:
    """The groups that a claim is about, in the order of the points."""
    found: dict[str, Group] = {}
    for one in points:
        if not has_values(one.experiment, claim.conditions):
            continue
        if claim.compared_with and has_values(one.experiment, claim.compared_with):
            continue
        chosen = _chosen_keys(claim, one)
        shared = {key: value for key, value in one.point.values.items() if key not in {SEED, *chosen}}
        found.setdefault(repr(shared), Group(shared, [])).runs.append(one)
    return list(found.values())


def counterparts(claim: Expectation, group: Group, points: Iterable[PointCurves]) -> list[PointCurves]:
    """The runs with which a group is compared: they agree in what is swept beside what the claim names.

    A key for which the claim names the value that the group has must agree too, with all that is in its
    table. What goes together with a key that differs, such as a learning rate of its own for every cell, may
    differ. Points that are the same experiment are one run. The runs may be of several points, which
    `further_keys` tells.
    """
    first = group.runs[0]
    named = {
        key
        for key, value in claim.compared_with.items()
        if not table_has(first.experiment.model_dump(), {key: value})
    }
    swept = [key for keys in first.point.together for key in keys]
    free = {
        key
        for keys in first.point.together
        if any(is_about(one, other, swept) for one in keys for other in named)
        for key in keys
    } | named
    free |= _chosen_keys(claim, first)
    same = {key: value for key, value in group.values.items() if key not in free}
    found = (
        one
        for one in points
        if has_values(one.experiment, claim.compared_with)
        and all(is_same(_value(one, key), value) for key, value in same.items())
    )
    return list({fingerprint(one.experiment): one for one in found}.values())


def choices(claim: Expectation, runs: Iterable[PointCurves]) -> list[list[PointCurves]]:
    """The runs of each value of the keys of ``best_over``; all of them together without it."""
    found: dict[str, list[PointCurves]] = {}
    for one in runs:
        values = {key: one.point.values.get(key) for key in sorted(_chosen_keys(claim, one))}
        found.setdefault(repr(values), []).append(one)
    return list(found.values())


def _chosen_keys(claim: Expectation, one: PointCurves) -> set[str]:
    """The keys of ``best_over``, and those that go together with one of them."""
    together = (keys for keys in one.point.together if set(keys) & set(claim.best_over))
    return {*claim.best_over, *(key for keys in together for key in keys)} if claim.best_over else set()


def further_keys(runs: Sequence[PointCurves]) -> dict[str, list[Any]]:
    """What differs among runs beside their seed: by dotted key the different values, None if there is none.

    An option that an initialisation does not have is no difference. Empty if all are of one
    point, so that their values may be put together.
    """
    if len({_without_seed(one) for one in runs}) < 2:
        return {}
    swept = [key for one in runs for key in with_plain_init(one.point.values) if key != SEED]
    tables = [one.experiment.model_dump() for one in runs]
    found = {}
    for key in dict.fromkeys(swept):
        values: list[Any] = []
        for table in tables:
            value = value_at(table, key)
            if not any(is_same(value, other) for other in values):
                values.append(value)
        if len(values) > 1:
            found[key] = values
    return found


def _without_seed(one: PointCurves) -> str:
    return fingerprint(one.experiment.model_copy(update={SEED: 0}))


def _value(one: PointCurves, key: str) -> Any:
    return one.point.values.get(key, value_at(one.experiment.model_dump(), key))
