"""What is kept of one run: values of measures and variables, with their labels."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording, UnknownName
from gradviz.recording.tree import check_variable, select_call
from gradviz.runs.public_measures import MEASURES
from gradviz.runs.wanted import Wanted
from gradviz.vocabulary import DIRECTION, GATE, ITERATION, LAG, LAYER, MODULE, STEP, is_metric

KEPT_DIMS = frozenset({STEP, LAYER, DIRECTION, GATE})  # of the result of a measure


@dataclass
class ReducedRun:
    """What is kept of one run.

    Attributes
    ----------
    variables : dict of str to Variable
        Floating point, without the dims ``layer`` and ``direction``.
    labels : dict of str to ndarray
        By dim.
    facts : dict of str to value
        Layer, direction, and the step if it is the only one.
    has : set of str
        Measures and variables that are kept.
    lacking : dict of str to Exception
        Why a measure or a variable could not be had, by its name.
    """

    variables: dict[str, xr.Variable] = field(default_factory=dict)
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    has: set[str] = field(default_factory=set)
    lacking: dict[str, Exception] = field(default_factory=dict)

    def keep(self, name: str, dataset: xr.Dataset) -> None:
        """Keep all variables of a dataset, and the labels of their dims, as what was asked for by a name."""
        self.has.add(name)
        for variable, values in dataset.data_vars.items():
            dtype = values.dtype if values.dtype.kind == "f" else np.float64
            copied = np.array(values.values, dtype=dtype)  # a view would keep the whole recording in memory
            self.variables[str(variable)] = xr.Variable(values.dims, copied, values.attrs)
            for dim in values.dims:
                self.labels[str(dim)] = np.array(dataset[dim].values)


def reduce_run(tree: xr.DataTree, module: xr.Dataset, wanted: Wanted) -> ReducedRun:
    """What is wanted of one recording.

    Parameters
    ----------
    tree : DataTree
    module : Dataset
        The recording of the wanted module.
    wanted : Wanted

    Returns
    -------
    ReducedRun

    Raises
    ------
    ValueError, TypeError
        If an option of a measure has a wrong value.
    """
    run = ReducedRun(facts=_facts(module, wanted))
    for name, options in wanted.measures.items():
        try:
            found = _measured(tree, name, options, wanted, run.facts)
            run.keep(name, _of_last_step(found) if wanted.last else found)
        except BadRecording as error:
            run.lacking[name] = _bare(error)
    names = (*wanted.variables, *wanted.companions)
    pooled = select_call(module) if names else module
    for name in names:
        try:
            found = _variable(tree, pooled, name, run.facts)
            run.keep(name, _of_last_step(found) if wanted.last else found)
        except (BadRecording, UnknownName) as error:
            if name in wanted.variables:
                run.lacking[name] = _bare(error)
    return run


def _bare(error: Exception) -> Exception:
    """The error without the frames that raised it, which would keep the recording in memory."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _facts(module: xr.Dataset, wanted: Wanted) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if LAYER in module.coords:
        facts[LAYER] = module[LAYER].values.max().item() if wanted.layer is None else wanted.layer
    if DIRECTION in module.coords:
        facts[DIRECTION] = wanted.direction or str(module[DIRECTION].values.reshape(-1)[0])
    if wanted.last and STEP in module.coords and module[STEP].size:
        facts[STEP] = module[STEP].values.reshape(-1)[-1].item()
    return facts


def _measured(
    tree: xr.DataTree, name: str, options: Mapping[str, Any], wanted: Wanted, facts: Mapping[str, Any]
) -> xr.Dataset:
    measure = MEASURES[name]
    chosen = {MODULE: wanted.module} if MODULE in inspect.signature(measure).parameters else {}
    found: xr.Dataset = measure(tree, **chosen, **options)
    kept = found[[one for one, values in found.data_vars.items() if KEPT_DIMS.issuperset(values.dims)]]
    for dim in (LAYER, DIRECTION):
        kept = _at(kept, dim, facts.get(dim))
    if LAG in found.attrs:  # the lag over which the measure went
        lag = xr.Variable((), float(found.attrs[LAG]), {"long_name": f"lag of {name}", "units": "time steps"})
        kept = kept.assign({f"{name}_{LAG}": lag})
    return kept


def _at(dataset: xr.Dataset, dim: str, label: Hashable) -> xr.Dataset:
    if dim not in dataset.dims:
        return dataset
    labels = dataset[dim].values.tolist()
    if label not in labels:
        raise BadRecording(f"recording has no {dim} {label!r}; it has {', '.join(map(str, labels))}")
    return dataset.isel({dim: labels.index(label)})


def _variable(tree: xr.DataTree, module: xr.Dataset, name: str, facts: Mapping[str, Any]) -> xr.Dataset:
    """One variable, of one layer and direction; a metric at every iteration, if the recording has it so."""
    root = tree.to_dataset(inherit=False)
    if name in root.data_vars:
        kept = root[[name]]
    else:
        kept = check_variable(module, name).to_dataset(name=name)
        if is_metric(name) and STEP in kept.dims:
            kept = kept.rename({STEP: ITERATION})
    for dim in (LAYER, DIRECTION):
        kept = _at(kept, dim, facts.get(dim))
    return kept


def _of_last_step(dataset: xr.Dataset) -> xr.Dataset:
    dims = [dim for dim in (STEP, ITERATION) if dim in dataset.dims]
    return dataset.isel(dict.fromkeys(dims, -1), drop=True)
