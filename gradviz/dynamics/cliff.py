"""The cliff: the error of one scalar recurrence over its two parameters, with a wall in it.

``x_t = w σ(x_{t-1}) + b`` from ``x_0 = 1/2`` over 50 steps, and ``E = (σ(x_50) - 0.7)²``.  On the line
``b = 1/2 - w σ(1/2)`` the start is a fixed point; where it is unstable, ``w σ'(1/2) > 1``, the ends of paths
from either side part, and there the wall stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.dynamics.labelled import labelled
from gradviz.vocabulary import (
    CLIFF_B,
    CLIFF_W,
    DYNAMICS,
    DYNAMICS_DIMENSIONS,
    ERROR,
    ITERATION,
    LOG10_GRAD_NORM,
)

Grid = np.ndarray | float

START = 0.5
TARGET = 0.7
STEPS = 50
WEIGHTS = np.linspace(3.0, 8.0, 201)
BIASES = np.linspace(-5.0, -1.0, 201)


def cliff(
    *, w: Sequence[float] | np.ndarray = WEIGHTS, b: Sequence[float] | np.ndarray = BIASES, steps: int = STEPS
) -> xr.Dataset:
    """Error and size of its exact gradient on a grid of the two parameters.

    Parameters
    ----------
    w, b : array, shape (n,), (m,)
        Recurrent weights and biases.
    steps : int
        Of the recurrence.

    Returns
    -------
    Dataset, dims (w, b)
        ``error`` E, without units; ``log10_grad_norm``, log10 of ‖(∂E/∂w, ∂E/∂b)‖, decades, -inf where it is
        zero.

    Raises
    ------
    ValueError
        If there is nothing on the grid, or no step.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", figure 6.
    """
    weights, biases = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if weights.ndim != 1 or biases.ndim != 1 or not weights.size or not biases.size:
        raise ValueError(
            f"w and b have shapes {weights.shape} and {biases.shape}: "
            "each must be a list of numbers, not empty"
        )
    _need_positive("steps", steps)
    error, by_w, by_b = _error(weights[:, None], biases[None, :], steps)
    with np.errstate(divide="ignore"):
        size = np.log10(np.hypot(by_w, by_b))
    labels = {CLIFF_W: weights, CLIFF_B: biases}
    return xr.Dataset(
        {
            ERROR: labelled(ERROR, np.asarray(error), labels),
            LOG10_GRAD_NORM: labelled(LOG10_GRAD_NORM, size, labels),
        }
    )


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
        _need_positive(name, value)
    path = []
    for _ in range(iterations + 1):
        error, by_w, by_b = (float(value) for value in _error(w, b, steps))
        norm = math.hypot(by_w, by_b)
        path.append((w, b, error, math.log10(norm) if norm > 0 else -math.inf))
        scale = learning_rate if clip_norm is None or norm <= clip_norm else learning_rate * clip_norm / norm
        w, b = w - scale * by_w, b - scale * by_b
    columns = zip((CLIFF_W, CLIFF_B, ERROR, LOG10_GRAD_NORM), np.array(path).T, strict=True)
    return xr.Dataset({name: _along_the_path(name, values) for name, values in columns})


def _error(w: Grid, b: Grid, steps: int) -> tuple[Grid, Grid, Grid]:
    """E, ∂E/∂w, ∂E/∂b; the sensitivities of x are carried forward beside it."""
    x: Grid = START
    by_w: Grid = 0.0
    by_b: Grid = 0.0
    for _ in range(steps):
        s = _sigmoid(x)
        slope = w * s * (1 - s)
        x, by_w, by_b = w * s + b, s + slope * by_w, 1 + slope * by_b
    s = _sigmoid(x)
    gain = 2 * (s - TARGET) * s * (1 - s)
    return (s - TARGET) ** 2, gain * by_w, gain * by_b


def _sigmoid(x: Grid) -> Grid:
    """By tanh, which never overflows."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def _along_the_path(name: str, values: np.ndarray) -> xr.DataArray:
    if name in DYNAMICS:
        attributes = {"long_name": DYNAMICS[name].long_name, "units": DYNAMICS[name].units}
    else:
        attributes = DYNAMICS_DIMENSIONS[name]._asdict()
    return xr.DataArray(values, {ITERATION: np.arange(len(values))}, (ITERATION,), name, attributes)


def _need_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} = {value}: must be more than 0")
