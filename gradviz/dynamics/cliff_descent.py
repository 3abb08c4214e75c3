"""Gradient descent at the cliff, with or without clipping of the gradient."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from gradviz.arguments import check_finite, check_positive, check_whole_number
from gradviz.dynamics.cliff import STEPS, scalar_error
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
    """Path of gradient descent on the error of the cliff, with or without clipping of the gradient's norm.

    Parameters
    ----------
    w, b : float
        Starting point.
    learning_rate : float
    iterations : int
        Number of updates.
    clip_norm : float, optional
        A gradient with a larger norm is scaled down to this norm.
    steps : int
        Steps of the recurrence.

    Returns
    -------
    Dataset, dims (iteration,)
        ``w``, ``b``, ``error`` and ``log10_grad_norm`` (decades, before clipping).  The first point is the
        start, so there is one point more than there are updates.

    Raises
    ------
    ValueError
        If a number that must be positive is not.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
    algorithm 1.

    Examples
    --------
    >>> import gradviz as gv
    >>> path = gv.cliff_descent(6.0, -3.0, learning_rate=0.1, iterations=30, clip_norm=1.0)
    >>> dict(path.sizes)
    {'iteration': 31}
    >>> bool(path.error[-1] < path.error[0])
    True
    """
    check_finite("learning_rate", learning_rate, above=0)
    check_whole_number("iterations", iterations, at_least=1)
    if clip_norm is not None:
        check_positive("clip_norm", clip_norm)
    check_whole_number("steps", steps, at_least=1)
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
