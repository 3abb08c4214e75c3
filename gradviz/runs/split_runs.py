"""Takes a Dataset of many runs apart again, into one Dataset for each."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import CELLS
from gradviz.runs.align_runs import RUN
from gradviz.runs.run_files import OUTCOME
from gradviz.vocabulary import CELL, CONFIG, GATE, MODULE

_FACTS = (CELL, MODULE, OUTCOME)
_MODEL = "model"  # table of an experiment
_UNKNOWN = ("", "nan", "None")


def holds_runs(data: object) -> bool:
    """Whether data are a Dataset with the dim ``run``, as `gradviz.load_runs` returns it."""
    return isinstance(data, xr.Dataset) and RUN in data.dims


def split_runs(runs: xr.Dataset) -> dict[str, xr.Dataset]:
    """The values of every run, by its label.

    Parameters
    ----------
    runs : Dataset
        Has the dim ``run``. Runs with the same label get a number behind it.

    Returns
    -------
    dict of str to Dataset
        Without the variables and the labels for which a run has only NaN. The attributes ``cell``,
        ``module`` and ``outcome`` are those of the run, and ``config`` has the table ``model`` of its
        configuration.
    """
    labels = [str(label) for label in runs[RUN].values.tolist()]
    bare = runs.drop_vars(RUN, errors="ignore")
    return {name: _one(bare.isel({RUN: place})) for place, name in enumerate(_distinct(labels))}


def _distinct(labels: list[str]) -> list[str]:
    return [
        f"{label} ({labels[:place].count(label) + 1})" if labels.count(label) > 1 else label
        for place, label in enumerate(labels)
    ]


def _one(run: xr.Dataset) -> xr.Dataset:
    known = run.notnull()
    kept = [name for name, is_known in known.data_vars.items() if is_known.any()]
    some = {dim: _somewhere_known(known[kept], dim) for dim in run[kept].dims}
    facts = {name: str(run.coords[name].values) for name in _FACTS if name in run.coords}
    one = run[kept].isel(some).assign_attrs({name: value for name, value in facts.items() if value})
    model = _model(run)
    one = one.assign_attrs({CONFIG: json.dumps({_MODEL: model})}) if model else one
    return one.isel({GATE: _in_order(one)}) if GATE in one.dims else one


def _model(run: xr.Dataset) -> dict[str, Any]:
    """The table ``model`` of a run's configuration, of which settings and attributes have dotted keys."""
    known = {str(name): value.item() for name, value in run.coords.items() if not value.ndim}
    model: dict[str, Any] = {}
    for key, value in {**run.attrs, **known}.items():
        table, *names = str(key).split(".")
        if table != _MODEL or not names or str(value) in _UNKNOWN:
            continue
        inner = model
        for name in names[:-1]:
            inner = inner.setdefault(name, {})
        inner[names[-1]] = value.item() if hasattr(value, "item") else value
    return model


def _in_order(run: xr.Dataset) -> list[int]:
    """Positions of the gates in the order of the run's cell, which may differ from that of other cells."""
    order = list(CELLS[run.attrs[CELL]].gates) if run.attrs.get(CELL) in CELLS else []
    gates = [str(gate) for gate in run[GATE].values]
    known = [gates.index(gate) for gate in order if gate in gates]
    return known + [place for place in range(len(gates)) if place not in known]


def _somewhere_known(known: xr.Dataset, dim: Hashable) -> np.ndarray:
    """Positions along a dim at which any variable has a value."""
    having = [known[name] for name in known if dim in known[name].dims]
    along = [values.any([other for other in values.dims if other != dim]).values for values in having]
    return np.flatnonzero(np.logical_or.reduce(along))
