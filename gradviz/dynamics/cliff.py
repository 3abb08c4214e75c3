"""The cliff: the error of a scalar recurrence as a function of its two parameters, which has a wall.

``x_t = w σ(x_{t-1}) + b`` from ``x_0 = 1/2`` over 50 steps, and ``E = (σ(x_50) - 0.7)²``.  On the line
``b = 1/2 - w σ(1/2)`` the start is a fixed point.  Where this point is unstable, ``w σ'(1/2) > 1``, paths
that start on its two sides diverge, and the error has a wall.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.dynamics.labelled import labelled
from gradviz.dynamics_vocabulary import CLIFF_B, CLIFF_W, ERROR, LOG10_GRAD_NORM

Grid = np.ndarray | float

START = 0.5
TARGET = 0.7
STEPS = 50
WEIGHTS = np.linspace(3.0, 8.0, 201)
BIASES = np.linspace(-5.0, -1.0, 201)


def cliff(
    *,
    w: Sequence[float] | np.ndarray | None = None,
    b: Sequence[float] | np.ndarray | None = None,
    steps: int = STEPS,
) -> xr.Dataset:
    """Error, and norm of its exact gradient, on a grid of the two parameters.

    Parameters
    ----------
    w, b : array, shape (n,), (m,), optional
        Recurrent weights and biases; by default 201 of each, from 3 to 8 and from -5 to -1.
    steps : int
        Steps of the recurrence.

    Returns
    -------
    Dataset, dims (w, b)
        ``error``: E, without units.  ``log10_grad_norm``: log10 of ‖(∂E/∂w, ∂E/∂b)‖, in decades; -inf where
        the gradient is zero.

    Raises
    ------
    ValueError
        If the grid is empty, or there is no step.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", figure 6.

    Examples
    --------
    >>> import gradviz as gv
    >>> found = gv.cliff(w=[4.0, 6.0], b=[-3.0, -2.0, -1.0])
    >>> dict(found.sizes)
    {'w': 2, 'b': 3}
    >>> list(found.data_vars)
    ['error', 'log10_grad_norm']
    """
    weights = np.asarray(WEIGHTS if w is None else w, dtype=np.float64)
    biases = np.asarray(BIASES if b is None else b, dtype=np.float64)
    if weights.ndim != 1 or biases.ndim != 1 or not weights.size or not biases.size:
        raise ValueError(
            f"w and b have shapes {weights.shape} and {biases.shape}: "
            "each must be a list of numbers, not empty"
        )
    check_whole_number("steps", steps, at_least=1)
    error, by_w, by_b = scalar_error(weights[:, None], biases[None, :], steps)
    with np.errstate(divide="ignore"):
        size = np.log10(np.hypot(by_w, by_b))
    labels = {CLIFF_W: weights, CLIFF_B: biases}
    return xr.Dataset(
        {
            ERROR: labelled(ERROR, np.asarray(error), labels),
            LOG10_GRAD_NORM: labelled(LOG10_GRAD_NORM, size, labels),
        }
    )


def scalar_error(w: Grid, b: Grid, steps: int) -> tuple[Grid, Grid, Grid]:
    """E, ∂E/∂w and ∂E/∂b of broadcast w and b; the derivatives of x are carried forward with x."""
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
    """Sigmoid by way of tanh, which never overflows."""
    return 0.5 * (1 + np.tanh(0.5 * x))
