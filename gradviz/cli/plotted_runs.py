"""What ``gradviz plot`` draws: one recording or several, or a text that a run's model reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradviz.vocabulary import BASELINE, BASELINE_MEANING, CONFIG, GATES, TEXT

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    Recordings = Mapping[str, xr.DataTree]

BY_UNIT = ("gate_heatmap", "unit_saturation")
"""Plots with a row for each unit, along whose time steps a text can be written."""


def plotted_runs(paths: Sequence[Path], kind: str, *, call: int | None) -> Recordings:
    """The recordings of runs by their names; that of a single run has an empty name.

    Raises
    ------
    UsageError
        If the plot shows one run and several are given, or if a run is given twice.
    """
    from gradviz.plots.plot_table import PLOTS, SEVERAL_RUNS
    from gradviz.recording.load import load
    from gradviz.recording.tree import take_call
    from gradviz.runs.find_runs import find_runs

    if len(paths) == 1:
        return {"": take_call(load(paths[0]), call)}
    if kind in PLOTS and kind not in SEVERAL_RUNS:
        raise click.UsageError(
            f"{kind} shows one run, and {len(paths)} are given; {', '.join(SEVERAL_RUNS)} show several"
        )
    _check_distinct(paths)
    trees = {label: take_call(load(path), call) for label, path in find_runs(paths).items()}
    return dict(zip(names_of(trees), trees.values(), strict=True))


def names_of(trees: Mapping[str, xr.DataTree]) -> list[str]:
    """What runs are called: as their experiments, if that tells them apart, else as their folders.

    Parameters
    ----------
    trees : mapping of str to DataTree
        By the names of their folders.

    Returns
    -------
    list of str
    """
    names = [str(_config(tree).get("name", "")) for tree in trees.values()]
    return names if all(names) and len(set(names)) == len(names) else list(trees)


def reads_text(path: Path, tree: xr.DataTree) -> bool:
    """Whether a run has a character model that can read its own text, and its recording names no text."""
    return TEXT not in tree.attrs and path.is_dir() and _config(tree).get("task", {}).get("name") == "text"


def _check_distinct(paths: Sequence[Path]) -> None:
    """Raise if a run is given twice: one line would lie on the other."""
    from gradviz.runs.find_runs import find_runs

    given: dict[Path, Path] = {}
    for path in paths:
        for run in find_runs(path).values():
            before = given.setdefault(run.resolve(), path)
            if before is not path:
                alike = (
                    f"{path} is given twice" if before == path else f"{before} and {path} are the same run"
                )
                raise click.UsageError(f"{alike}; give each run once")


def recorded_baseline(runs: Recordings) -> dict[str, Any]:
    """The trivial predictor that all runs name, as options of `plot_learning_curve`; else nothing."""
    found = {(tree.attrs.get(BASELINE), tree.attrs.get(BASELINE_MEANING)) for tree in runs.values()}
    value, meaning = found.pop() if len(found) == 1 else (None, None)
    if value is None:
        return {}
    return {BASELINE: float(value), **({BASELINE_MEANING: str(meaning)} if meaning else {})}


def with_text(path: Path, runs: Recordings, kind: str, text: str | None) -> tuple[Recordings, str | None]:
    """The recording to draw, and the text along its time steps.

    Parameters
    ----------
    path : Path
        Of the run.
    runs : mapping of str to DataTree
        The run's recording.
    kind : str
        The plot.
    text : str or None
        What ``--text`` gives.

    Returns
    -------
    mapping of str to DataTree, str or None
        The trained model of a run of the task ``text`` reads the text now, by default the beginning of its
        own. A recording that names the text that was read keeps it, and any other must be of the given text.
    """
    ((label, tree),) = runs.items()
    has_gates = any(GATES in node.data_vars for node in tree.subtree)
    if kind not in ("text", *BY_UNIT) or (text is None and kind != "text" and has_gates):
        return runs, text
    if TEXT in tree.attrs:
        return runs, str(tree.attrs[TEXT]) if text is None else text
    if not reads_text(path, tree):
        return runs, text
    from gradviz.experiment.run.read_text import read_text

    reading = read_text(path, text)
    return {label: reading}, str(reading.attrs[TEXT])


def in_order(
    runs: Recordings, kind: str, order: str, options: Mapping[str, Any]
) -> Mapping[str, xr.Dataset | xr.DataTree]:
    """The recordings with their units in the order of ``--order``.

    Raises
    ------
    UsageError
        If an order is asked for and the plot has no row for each unit.
    """
    from gradviz.plots.unit_order import units_by_time_constant

    if order == "recorded":
        return runs
    if kind not in BY_UNIT:
        raise click.UsageError(f"{kind} has no row for each unit; --order is for {' and '.join(BY_UNIT)}")
    chosen = {name: options[name] for name in ("step", "module", "layer") if name in options}
    return {label: units_by_time_constant(tree, **chosen) for label, tree in runs.items()}


def write_letters(ax: Axes, text: str) -> None:
    """Write a text along the time steps of a plot with a row for each unit.

    Raises
    ------
    TextDoesNotFit
        If it does not have one character for each time step.
    """
    from gradviz.plots.characters import label_characters
    from gradviz.plots.drawing.text_characters import check_length

    values = ax.images[0].get_array()
    check_length(text, 0 if values is None else values.shape[1])
    ax.set_xlabel("")
    label_characters(ax, text)


def _config(tree: xr.DataTree) -> Mapping[str, Any]:
    """The resolved experiment of a run; empty for a recording that is not of one."""
    try:
        config = json.loads(str(tree.attrs.get(CONFIG)))
    except ValueError:
        return {}
    return config if isinstance(config, dict) else {}
