"""What a recording says of its run: task, cells, seed, settings, trivial predictor, informative steps."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.errors import GradvizError
from gradviz.plots.drawing.baseline import TRIVIAL
from gradviz.plots.drawing.variant_name import variant_of
from gradviz.recording.tree import module_names, select_module
from gradviz.report.data.missing import Missing
from gradviz.report.data.panels_of_run import Baseline
from gradviz.runs.run_facts import configuration
from gradviz.vocabulary import (
    BASELINE,
    BASELINE_MEANING,
    DETAIL,
    INFORMATIVE,
    LAG,
    PROBE_INPUT,
    PROBE_LOSS,
    SEED,
)

_OF_THE_ROOT = (SEED, LAG, PROBE_INPUT, PROBE_LOSS, "gradviz", "torch", "python", "git_commit")
_NO_RUN_FOLDER = Path(__file__)  # a file, so that it has no config.toml: only the attributes count


def attributes(tree: xr.DataTree) -> dict[str, Any]:
    """Facts for the head of a run; those that are not known are left out.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    dict of str to str, int or float
        ``task``, ``cells``, ``modules``, ``detail`` and attributes of the recording.
    """
    modules = [select_module(tree, module=name) for name in module_names(tree)]
    details = dict.fromkeys(str(module.attrs[DETAIL]) for module in modules if DETAIL in module.attrs)
    found: dict[str, Any] = {
        "task": settings(tree).get("task.name"),
        "cells": cells_of(tree),
        "modules": ", ".join(module_names(tree)),
        DETAIL: ", ".join(details),
        **{name: tree.attrs.get(name) for name in _OF_THE_ROOT},
    }
    return {name: _plain(value) for name, value in found.items() if _is_known(value)}


def cells_of(tree: xr.DataTree) -> str:
    """The cells of all modules, by their names in figures.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    str
        For example "LSTM, GRU"; empty if there is no module.
    """
    modules = [select_module(tree, module=name) for name in module_names(tree)]
    return ", ".join(dict.fromkeys(cell_of(module.attrs).label for module in modules))


def settings(tree: xr.DataTree) -> dict[str, Any]:
    """The configuration of a run with dotted keys, and other metadata; empty if it cannot be read.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    dict of str to str, int, float or bool
    """
    try:
        found = configuration(_NO_RUN_FOLDER, {str(name): value for name, value in tree.attrs.items()})
    except (ValueError, TypeError, RecursionError):
        return {}
    return {name: value for name, value in found.items() if name != INFORMATIVE}


def variant(tree: xr.DataTree) -> str:
    """What the palette calls a run; empty if it has several modules or its cell is not known.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    str
    """
    try:
        return variant_of(tree)
    except (GradvizError, ValueError, TypeError, RecursionError):
        return ""


def baseline(tree: xr.DataTree) -> Baseline | Missing:
    """The trivial predictor.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    Baseline or Missing
    """
    value = tree.attrs.get(BASELINE)
    if isinstance(value, int | float) and math.isfinite(value):
        return Baseline(float(value), str(tree.attrs.get(BASELINE_MEANING) or TRIVIAL))
    return Missing(
        BASELINE,
        "the loss of the trivial predictor is not known; gv.record(..., metadata={'baseline': ...}) names it",
    )


def informative_times(tree: xr.DataTree) -> list[int]:
    """Time steps on which the target depends; empty if they are not known.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    list of int
        Ascending.
    """
    given = tree.attrs.get(INFORMATIVE)
    try:
        listed = json.loads(given) if isinstance(given, str) else given
        times = np.atleast_1d(np.asarray([] if listed is None else listed, dtype=np.float64))
    except (ValueError, TypeError, RecursionError):
        return []
    return np.unique(times[np.isfinite(times) & (times >= 0) & (times < 2**31)]).astype(int).tolist()


def whole_number(value: Any) -> int | None:
    """An attribute that should be a whole number; None if it is not.

    Parameters
    ----------
    value : object

    Returns
    -------
    int or None
    """
    item = value.item() if hasattr(value, "item") and np.size(value) == 1 else value
    is_whole = isinstance(item, int | float) and math.isfinite(item) and item == int(item)
    return int(item) if is_whole and isinstance(item, int | float) else None


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value)


def _plain(value: Any) -> Any:
    item = value.item() if hasattr(value, "item") and np.size(value) == 1 else value
    return item if isinstance(item, str | int | float) else json.dumps(item, default=str)
