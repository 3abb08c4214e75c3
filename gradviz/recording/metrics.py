"""Training curves: the loss and the other metrics given to ``tape.step``, at every iteration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import SupportsFloat

import numpy as np
import xarray as xr

from gradviz.recording.attributes import can_be_stored
from gradviz.vocabulary import DIMENSIONS, ITERATION, STEP, VARIABLES, is_metric

Metrics = Mapping[str, Mapping[int, float]]


def checked_metric(name: str, value: object) -> float:
    """Check a metric and return its value as a float.

    Parameters
    ----------
    name : str
        Printable text without ``/``, and not the name of a dim or of a recorded variable.
    value : float or a tensor or array of one element

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the name cannot be used.
    TypeError
        If the value is not one number.
    """
    if not can_be_stored(name):
        raise ValueError(
            f"a metric cannot be called {name!r}: a file has no place for it; use printable text without '/'"
        )
    if not is_metric(name) or name in DIMENSIONS:
        raise ValueError(f"a metric cannot be called {name!r}: that name is reserved; choose another")
    item = getattr(value, "item", None)
    try:
        number = item() if callable(item) else value
        if not isinstance(number, SupportsFloat):
            raise TypeError(f"not a number: {number!r}")
        return float(number)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"metric {name!r} is {_described(value)}; expected one number") from error


def curves(metrics: Metrics) -> xr.Dataset:
    """Complete training curves, float64, dims (iteration,); NaN where a metric was not given.

    Parameters
    ----------
    metrics : mapping of str to mapping of int to float
        For each metric, its value at each iteration.

    Returns
    -------
    Dataset
        Empty if there are no metrics.
    """
    iterations = np.array(sorted(set().union(*(curve.keys() for curve in metrics.values()))), dtype=np.int64)
    if not len(iterations):
        return xr.Dataset()
    place = {iteration: position for position, iteration in enumerate(iterations.tolist())}
    variables = {}
    for name, curve in metrics.items():
        values = np.full(len(iterations), np.nan)
        values[[place[iteration] for iteration in curve]] = list(curve.values())
        variables[name] = (ITERATION, values, variable_attributes(name))
    return xr.Dataset(variables, coords={ITERATION: (ITERATION, iterations, DIMENSIONS[ITERATION]._asdict())})


def with_metrics(dataset: xr.Dataset, complete: xr.Dataset) -> xr.Dataset:
    """Add every metric to a module's recording, at its recorded steps, dims (step,).

    Parameters
    ----------
    dataset : Dataset
        Has the dim ``step``.
    complete : Dataset
        Training curves as `curves` returns them.

    Returns
    -------
    Dataset
        A new dataset. Metrics that it already had are replaced.
    """
    if ITERATION not in complete.coords:
        return dataset
    iterations, steps = complete[ITERATION].values, dataset[STEP].values
    nearest = np.searchsorted(iterations, steps).clip(max=len(iterations) - 1)
    is_recorded = iterations[nearest] == steps
    return dataset.assign(
        {
            str(name): (
                STEP,
                np.where(is_recorded, curve.values[nearest], np.nan),
                variable_attributes(str(name)),
            )
            for name, curve in complete.data_vars.items()
        }
    )


def variable_attributes(name: str) -> dict[str, str]:
    """Long name and units of a variable; for a metric not in the vocabulary, its own name."""
    if name in VARIABLES:
        return {"long_name": VARIABLES[name].long_name, "units": VARIABLES[name].units}
    return {"long_name": name.replace("_", " "), "units": "1"}


def _described(value: object) -> str:
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__} of shape {tuple(shape)}" if shape is not None else f"{value!r}"
