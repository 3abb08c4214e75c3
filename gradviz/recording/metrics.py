"""Training curves: the loss and what else ``tape.step`` was given, at every iteration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import SupportsFloat

import numpy as np
import xarray as xr

from gradviz.vocabulary import DIMENSIONS, ITERATION, STEP, VARIABLES

Metrics = Mapping[str, Mapping[int, float]]


def checked_metric(name: str, value: object) -> float:
    """The value of a metric as a float.

    Parameters
    ----------
    name : str
        Anything but a dim, a variable that capture records, or a name with ``/``.
    value : float or anything of one element that ``float`` takes

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the name is taken.
    TypeError
        If the value is not one number.
    """
    recorded = name in VARIABLES and VARIABLES[name].dims != (STEP,)
    if recorded or name in DIMENSIONS or not name or "/" in name:
        raise ValueError(f"a metric cannot be called {name!r}: the recording keeps that name; choose another")
    item = getattr(value, "item", None)
    try:
        number = item() if callable(item) else value
        if not isinstance(number, SupportsFloat):
            raise TypeError(f"no number: {number!r}")
        return float(number)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"metric {name!r} is {_described(value)}; give one number") from error


def curves(metrics: Metrics) -> xr.Dataset:
    """Complete training curves, float64, dims (iteration,); NaN where a metric was not given.

    Parameters
    ----------
    metrics : mapping of str to mapping of int to float
        For every metric its value per iteration.

    Returns
    -------
    Dataset
        Empty if there is no metric.
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
    """A module's recording with every metric at its recorded steps, dims (step,).

    Parameters
    ----------
    dataset : Dataset
        Has the dim ``step``.
    complete : Dataset
        What `curves` gave.

    Returns
    -------
    Dataset
        A new one; a metric it had already is replaced.
    """
    if ITERATION not in complete.coords:
        return dataset
    iterations, steps = complete[ITERATION].values, dataset[STEP].values
    nearest = np.searchsorted(iterations, steps).clip(max=len(iterations) - 1)
    there = iterations[nearest] == steps
    return dataset.assign(
        {
            str(name): (STEP, np.where(there, curve.values[nearest], np.nan), variable_attributes(str(name)))
            for name, curve in complete.data_vars.items()
        }
    )


def variable_attributes(name: str) -> dict[str, str]:
    """Long name and units of a variable; a metric that the vocabulary lacks is called as it was given."""
    if name in VARIABLES:
        return {"long_name": VARIABLES[name].long_name, "units": VARIABLES[name].units}
    return {"long_name": name.replace("_", " "), "units": "1"}


def _described(value: object) -> str:
    shape = getattr(value, "shape", None)
    return f"a {type(value).__name__} of shape {tuple(shape)}" if shape is not None else f"{value!r}"
