"""Gradient descent at the cliff, thrown by the wall or held by clipping."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from gradviz.dynamics.cliff import STEPS, check_positive, scalar_error
from gradviz.dynamics_vocabulary import (
    CLIFF_B,
    CLIFF_W,
    DYNAMICS,
    DYNAMICS_DIMENSIONS,
    ERROR,
    LOG10_GRAD_NORM,
)
from gradviz.vocabulary import ITERATION


def cliff_descent(
    w: float,
    b: float,
    *,
    learning_rate: float,
    iterations: int = 50,
    clip_norm: float | None = None,
    steps: int = STEPS,
) -> xr.Dataset:
    """Where gradient descent on the error goes from a start, with or without clipping the gradient's norm.

    Parameters
    ----------
    w, b : float
        Where it starts.
    learning_rate : float
    iterations : int
        How many updates.
    clip_norm : float, optional
        A gradient longer than this is made this long; its direction stays.
    steps : int
        Of the recurrence.

    Returns
    -------
    Dataset, dims (iteration,)
        ``w``, ``b``, ``error`` and ``log10_grad_norm`` (decades, before clipping), from the start on, so one
        more than there are updates.

    Raises
    ------
    ValueError
        If a number is not positive where it must be.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
    algorithm 1.
    """
    given = {"learning_rate": learning_rate, "iterations": iterations, "steps": steps}
    if clip_norm is not None:
        given["clip_norm"] = clip_norm
    for name, value in given.items():
        check_positive(name, value)
    path = []
    for _ in range(iterations + 1):
        error, by_w, by_b = (float(value) for value in scalar_error(w, b, steps))
        norm = math.hypot(by_w, by_b)
        path.append((w, b, error, math.log10(norm) if norm > 0 else -math.inf))
        scale = learning_rate if clip_norm is None or norm <= clip_norm else learning_rate * clip_norm / norm
        w, b = w - scale * by_w, b - scale * by_b
    columns = zip((CLIFF_W, CLIFF_B, ERROR, LOG10_GRAD_NORM), np.array(path).T, strict=True)
    return xr.Dataset({name: _along_the_path(name, values) for name, values in columns})


def _along_the_path(name: str, values: np.ndarray) -> xr.DataArray:
    if name in DYNAMICS:
        attributes = {"long_name": DYNAMICS[name].long_name, "units": DYNAMICS[name].units}
    else:
        attributes = DYNAMICS_DIMENSIONS[name]._asdict()
    return xr.DataArray(values, {ITERATION: np.arange(len(values))}, (ITERATION,), name, attributes)
