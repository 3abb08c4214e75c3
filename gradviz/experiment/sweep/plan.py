"""What ``[sweep]`` describes: its axes, and the settings of a guided search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gradviz.experiment.config.experiment_file import SWEEP, ExperimentFile
from gradviz.experiment.config.toml_values import by_dotted_key, value_at
from gradviz.experiment.config.validation import BadExperiment, Mistake, bad_experiment, bad_value
from gradviz.experiment.sweep.axis import (
    MOST_VALUES,
    Axis,
    is_range,
    narrowed,
    read_values,
    with_inner_value,
    zip_axes,
)
from gradviz.experiment.sweep.search_settings import (
    RandomSettings,
    SearchSettings,
    read_random,
    read_search,
    read_space,
)
from gradviz.experiment.sweep.space import OneOf, Space, random_axis

ZIP, RANDOM, SEARCH = "zip", "random", "search"


@dataclass
class Plan:
    """The axes of a sweep.

    Attributes
    ----------
    axes : list of Axis
        Every combination of their places is a point; the last one varies fastest.
    whole : set of str
        Keys whose values were given as whole numbers between two ends, so that they must take those.
    space : dict of str to Between or OneOf
        Where a guided search chooses; empty if there is none.
    search : SearchSettings or None
    notes : list of str
        What has become of overrides of swept keys.
    """

    axes: list[Axis]
    whole: set[str] = field(default_factory=set)
    space: Space = field(default_factory=dict)
    search: SearchSettings | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def places(self) -> int:
        """Number of combinations of the axes' places."""
        return math.prod(len(axis.places) for axis in self.axes)

    @property
    def together(self) -> tuple[tuple[str, ...], ...]:
        """The keys of every axis; those of a guided search are one."""
        return (*((tuple(self.space),) if self.space else ()), *(axis.keys for axis in self.axes))


def read_plan(file: ExperimentFile) -> Plan:
    """The plan of a file's sweep, narrowed by overrides of swept keys.

    Raises
    ------
    BadExperiment
        If the file has no sweep, or it has mistakes; the message names all of them.
    """
    if file.sweep is None:
        raise BadExperiment(f"{file.path}: has no [sweep] table; use gradviz run for a single run")
    if not isinstance(file.sweep, Mapping) or not file.sweep:
        raise bad_experiment([bad_value(SWEEP, file.sweep, "must be a table of lists")], file.place)
    reader = _Reader(file)
    plan = reader.plan()
    if reader.mistakes:
        raise bad_experiment(reader.mistakes, file.place)
    return plan


class _Reader:
    """Reads one sweep and collects its mistakes."""

    def __init__(self, file: ExperimentFile) -> None:
        self._file = file
        self.mistakes: list[Mistake] = []
        self._notes: list[str] = []
        self._whole: set[str] = set()

    def plan(self) -> Plan:
        tables = _parts(self._file.sweep)
        grid = self._grid(tables[SWEEP], tables.get(ZIP))
        random, search = tables.get(RANDOM), tables.get(SEARCH)
        space: Space = {}
        settings = None
        if search is not None:
            settings, space = self._search(search)
        axes = ([] if random is None else self._random(random)) + grid
        self._check_keys([*space, *(key for axis in axes for key in axis.keys)])
        plan = Plan(axes, self._whole, space, settings, self._notes)
        if plan.places > MOST_VALUES:
            self.mistakes.append(Mistake(SWEEP, f": has {plan.places} points; it may have {MOST_VALUES}"))
        return plan

    def _grid(self, table: Mapping[str, Any], zipped: object) -> list[Axis]:
        values: dict[str, list[Any]] = {}
        together = _names(zipped)
        for key, given in table.items():
            values[key], mistakes = read_values(f"{SWEEP}.{key}", given, repeats=key in together)
            self.mistakes += mistakes
            if not isinstance(given, list):
                self._whole.add(key)
        if self.mistakes:
            return []
        groups: list[Axis] = []
        if zipped is not None:
            groups, mistakes = zip_axes(f"{SWEEP}.{ZIP}", zipped, values)
            self.mistakes += mistakes
        axes: list[Axis] = []
        for key, one in values.items():
            group = next((axis for axis in groups if key in axis.keys), None)
            axis = Axis((key,), [(value,) for value in one]) if group is None else group
            if axis not in axes:
                axes.append(axis)
        self._say_what_is_replaced(axes)
        return [self._narrowed(axis) for axis in axes]

    def _say_what_is_replaced(self, axes: list[Axis]) -> None:
        """A note if swept tables take the place of a table of the file that has keys which they lack."""
        for axis in axes:
            for key in axis.keys:
                table = value_at(self._file.table, key)
                given = [one for one in _column(axis, key) if isinstance(one, Mapping)]
                lost = (
                    [name for name in table if all(name not in one for one in given)]
                    if given and isinstance(table, Mapping)
                    else []
                )
                lost = [name for name in lost if self._file.setting_of(f"{key}.{name}") is None]
                if lost:
                    self._notes.append(
                        f"{SWEEP}.{key} takes the place of [{key}]: its {', '.join(lost)} are not used"
                    )

    def _narrowed(self, axis: Axis) -> Axis:
        for key in axis.keys:
            axis = self._with_inner_settings(axis, key, SWEEP)
            setting = self._setting_of(key)
            if setting is None:
                continue
            value, before = value_at(self._file.table, key), len(axis.places)
            among = any(place[axis.keys.index(key)] == value for place in axis.places)
            if not among and _is_several(value) and not any(_is_several(one) for one in _column(axis, key)):
                message = f"is not one value; for several write {self._file.option} {SWEEP}.{setting}"
                self.mistakes.append(bad_value(key, value, message))
                break
            axis = narrowed(axis, key, value)
            if not axis.places:
                message = f"none of the values that go together under {SWEEP}.{ZIP} has it"
                self.mistakes.append(bad_value(key, value, message))
                break
            what = f"{len(axis.places)} of {before} values" if among else "a value that is not in the sweep"
            self._notes.append(
                f"{self._file.option} {setting} narrows the sweep over {' and '.join(axis.keys)} to {what}"
            )
        return axis

    def _with_inner_settings(self, axis: Axis, key: str, path: str) -> Axis:
        """With the overrides of values inside of a swept table: they choose among the tables, or go in."""
        for setting in self._file.settings:
            inner = setting.partition("=")[0].strip()
            if not inner.startswith(f"{key}."):
                continue
            value, before = value_at(self._file.table, inner), len(axis.places)
            axis, chosen = with_inner_value(axis, key, inner, value)
            told = f"narrows the sweep over {key} to {len(axis.places)} of {before} values"
            self._notes.append(
                f"{self._file.option} {setting} "
                f"{told if chosen else f'is set in every value of {path}.{key}'}"
            )
        return axis

    def _setting_of(self, key: str) -> str | None:
        """The override of a swept key outside of ``[sweep]``."""
        setting = self._file.setting_of(key)
        return None if setting is None or value_at(self._file.table, key) is None else setting

    def _random(self, table: object) -> list[Axis]:
        path = f"{SWEEP}.{RANDOM}"
        settings, mistakes = read_random(path, table)
        self.mistakes += mistakes
        space = self._space(path, table, RandomSettings._fields) if isinstance(table, Mapping) else {}
        if settings is None or self.mistakes:
            return []
        fixed = all(isinstance(one, OneOf) and len(one.values) == 1 for one in space.values())
        count = 1 if fixed else settings.points
        axis, mistakes = random_axis(path, space, count=count, seed=settings.seed)
        self.mistakes += mistakes
        return [axis]

    def _search(self, table: object) -> tuple[SearchSettings | None, Space]:
        path = f"{SWEEP}.{SEARCH}"
        settings, mistakes = read_search(path, table)
        self.mistakes += mistakes
        return settings, self._space(path, table, SearchSettings._fields) if isinstance(
            table, Mapping
        ) else {}

    def _space(self, path: str, table: Mapping[str, Any], settings: tuple[str, ...]) -> Space:
        space, mistakes = read_space(path, table, settings)
        self.mistakes += mistakes
        for key, dimension in space.items():
            if isinstance(dimension, OneOf):
                axis = self._with_inner_settings(
                    Axis((key,), [(one,) for one in dimension.values]), key, path
                )
                space[key] = OneOf(tuple(_column(axis, key)))
            setting = self._setting_of(key)
            if setting is not None:
                space[key] = OneOf((value_at(self._file.table, key),))
                self._notes.append(f"{self._file.option} {setting} narrows {path} over {key} to this value")
            elif not isinstance(dimension, OneOf) and dimension.whole:
                self._whole.add(key)
        return space

    def _check_keys(self, keys: list[str]) -> None:
        for key in dict.fromkeys(keys):
            if keys.count(key) > 1:
                self.mistakes.append(Mistake(f"{SWEEP}.{key}", ": is swept twice"))
        for place, key in enumerate(keys):
            for inside in (one for one in keys[:place] if one.startswith(f"{key}.")):
                self.mistakes.append(Mistake(f"{SWEEP}.{key}", f": replaces {inside}; write it before that"))


def _is_several(value: object) -> bool:
    return isinstance(value, list) or is_range(value)


def _column(axis: Axis, key: str) -> list[Any]:
    return [place[axis.keys.index(key)] for place in axis.places]


def _parts(sweep: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of ``[sweep]``: the grid by dotted key, and what is under zip, random and search."""
    found: dict[str, Any] = {SWEEP: {}}
    for key, given in sweep.items():
        head, _, rest = key.partition(".")
        if head in (RANDOM, SEARCH) and rest:  # of an override: -s sweep.random.points=5
            found[head] = {**found.get(head, {}), rest: given}
        elif key in (ZIP, RANDOM, SEARCH):
            found[key] = {**given, **found.get(key, {})} if isinstance(given, Mapping) else given
        else:
            values = by_dotted_key({key: given})
            found[SWEEP] |= {name: value for name, value in values.items() if value != {}}
    return found


def _names(zipped: object) -> set[str]:
    """All keys that are named under zip, whatever its form."""
    if isinstance(zipped, list):
        return {name for one in zipped for name in _names(one)}
    return {zipped} if isinstance(zipped, str) else set()
