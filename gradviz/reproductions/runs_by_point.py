"""The runs of a result by point of the sweep, with a short name and a line for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.colors import to_hex

from gradviz.cell_descriptions import CELLS
from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.config.toml_values import is_same
from gradviz.experiment.sweep.short_values import short_points
from gradviz.plots.drawing.palette import Line, gate_colours, gate_map, lines_of, on_background
from gradviz.plots.drawing.variant_name import variant_name
from gradviz.reproductions.result_file import ReproductionResult, RunRecord
from gradviz.vocabulary import CELL

_FEWEST_IN_ORDER = 3  # values of a number that orders points
_CELL, _INIT, _OPTIONS = f"model.{CELL}", "model.init", "model.init_options"


class PointRuns(NamedTuple):
    """The runs of one point.

    Attributes
    ----------
    name : str
        What tells the point from the others, in a few words.
    values : dict
        The swept values without the seed, by dotted key.
    short : dict
        As `gradviz.experiment.sweep.short_values.short_points` has them: what swept tables differ in has
        keys of its own.
    runs : tuple of RunRecord
        One for each seed that has a result.
    """

    name: str
    values: dict[str, Any]
    short: dict[str, Any]
    runs: tuple[RunRecord, ...]

    @property
    def learned(self) -> tuple[RunRecord, ...]:
        """Runs that have learned."""
        return tuple(run for run in self.runs if run.learned)

    @property
    def failed(self) -> tuple[RunRecord, ...]:
        """Runs that have not learned, by the rule of the claim."""
        return tuple(run for run in self.runs if run.learned is False)


def runs_by_point(runs: Sequence[RunRecord]) -> list[PointRuns]:
    """Runs by point, in the order of their first run; where a number orders them, those of a group by it.

    Examples
    --------
    >>> from gradviz.reproductions.result_file import RunRecord
    >>> from gradviz.reproductions.runs_by_point import runs_by_point
    >>> about = {"folder": "", "outcome": "done", "ended_by": "steps", "steps": 1, "task": "adding"}
    >>> about |= {"learned": True, "final": {}, "seconds": 1, "cpu_seconds": 1, "seed": 0}
    >>> points = [{"model.cell": cell, "task.length": 20} for cell in ("lstm", "gru")]
    >>> [point.name for point in runs_by_point([RunRecord(point=point, **about) for point in points])]
    ['LSTM', 'GRU']
    """
    points: list[dict[str, Any]] = []
    of_points: list[list[RunRecord]] = []
    for run in runs:
        place = next((n for n, one in enumerate(points) if is_same(one, run.point)), None)
        if place is None:
            points.append(run.point)
            of_points.append([run])
        else:
            of_points[place].append(run)
    short = short_points(points)
    found = [
        PointRuns(name, point, its_short, tuple(its))
        for name, point, its_short, its in zip(_names(short), points, short, of_points, strict=True)
    ]
    key = numeric_key(found)
    return found if key is None else [one for group in groups_along(found, key).values() for one in group]


def differing_keys(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys in which points differ, in their order."""
    keys = dict.fromkeys(key for point in points for key in point)
    return [key for key in keys if any(not is_same(one.get(key), points[0].get(key)) for one in points)]


def name_of(point: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Some values of a point in a few words: the cell and the initialisation alone, of others the key too."""
    parts = []
    for key in keys:
        if key not in point:
            continue
        value, short = point[key], key.rpartition(".")[2].replace("_", " ")
        written = in_words({key: value}).removeprefix(f"{key}=")
        if key == _CELL:
            parts.append(CELLS[value].label if value in CELLS else written)
        elif key == _INIT and isinstance(value, str):
            parts.append("default start" if value == "default" else value.replace("_", " "))
        elif key == f"{_INIT}.value" and f"{_INIT}.name" in keys and parts:
            parts[-1] += f" {value:g}" if isinstance(value, float) else f" {written}"
        elif key in ("task", "task.name", f"{_INIT}.name"):
            parts.append(written.replace("_", " "))
        elif written == "none":
            parts.append(f"no {short}")
        elif isinstance(value, bool):
            parts.append(short if value else f"no {short}")
        else:
            parts.append(f"{short} {written}")
    return ", ".join(parts)


def _names(short: Sequence[dict[str, Any]]) -> list[str]:
    keys = differing_keys(short) if short else []
    return [name_of(point, keys) or "all runs" for point in short]


def numeric_key(points: Sequence[PointRuns]) -> str | None:
    """The number that orders the points, swept itself or inside of swept tables: a length, a gain.

    It is the first one in which three points or more differ that are alike otherwise.
    """
    for key in dict.fromkeys(key for point in points for key in point.short):
        values = [point.short.get(key) for point in points]
        if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
            groups = groups_along(points, key).values()
            if any(len({point.short[key] for point in group}) >= _FEWEST_IN_ORDER for group in groups):
                return key
    return None


def groups_along(points: Sequence[PointRuns], key: str) -> dict[str, list[PointRuns]]:
    """The points that differ in the value of a key alone, by a name; each in the order of these values."""
    others = [one for one in differing_keys([point.short for point in points]) if one != key]
    found: dict[str, list[PointRuns]] = {}
    for point in points:
        found.setdefault(name_of(point.short, others) or "all runs", []).append(point)
    return {name: sorted(its, key=lambda one: one.short[key]) for name, its in found.items()}


def lines_of_points(result: ReproductionResult, points: Sequence[PointRuns]) -> list[Line]:
    """A line for each point.

    Where a swept number orders the points, those that differ in it alone share a line; if all do, their
    colours go from dark to light. Else it is the line of the cell and initialisation, or a colour for each
    name.
    """
    key = numeric_key(points)
    if key is None:
        return _lines_of_names(result, points)
    groups = groups_along(points, key)
    if len(groups) == 1:
        values = sorted({point.short[key] for point in points})
        shades = gate_map()(np.linspace(0.2, 0.75, len(values)))
        colours = dict(zip(values, map(to_hex, shades), strict=True))
        return [Line(on_background(colours[point.short[key]]), "-") for point in points]
    looks = _lines_of_names(result, [its[0]._replace(name=name) for name, its in groups.items()])
    of_points = {its.name: look for group, look in zip(groups.values(), looks, strict=True) for its in group}
    return [of_points[point.name] for point in points]


def _lines_of_names(result: ReproductionResult, points: Sequence[PointRuns]) -> list[Line]:
    variants = [_variant(result, point.values) for point in points]
    if all(variants):
        return lines_of([str(variant) for variant in variants])
    return [Line(colour, "-") for colour in gate_colours([point.name for point in points])]


def cell_of(result: ReproductionResult, point: Mapping[str, Any]) -> str | None:
    """The cell of a point's model; None for a model of the user's own."""
    model = result.table.get("model", {})
    if "make" in model or "model.make" in point:
        return None
    cell = point.get(_CELL, model.get(CELL))
    return cell if cell in CELLS else None


def _variant(result: ReproductionResult, point: Mapping[str, Any]) -> str | None:
    cell = cell_of(result, point)
    if cell is None:
        return None
    model = result.table.get("model", {})
    init = point.get(_INIT, model.get("init", "default"))
    if not isinstance(init, str):
        return cell
    options = dict(model.get("init_options", {}))
    inside = options.get(init)
    options = dict(inside) if isinstance(inside, Mapping) else options
    for key, value in point.items():
        if key.startswith(f"{_OPTIONS}."):
            options[key.rpartition(".")[2]] = value
    return variant_name(cell, init, options)
