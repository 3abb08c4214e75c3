"""The colour map and the range of a gate or a state."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.colors import Colormap, Normalize

from gradviz.cell_descriptions import CellDescription
from gradviz.plots.drawing.palette import gate_map, signed_map


def gate_scale(cell: CellDescription, gate: str, values: np.ndarray) -> tuple[Colormap, Normalize]:
    """Colour map and norm for the activations of a gate, or for a hidden state.

    Parameters
    ----------
    cell : CellDescription
    gate : str
        A gate of the cell. Any other name, such as ``h``, is drawn like a tanh.
    values : ndarray
        Of relu units and of a state of them, the largest is the end of the scale, which is at least 1; of
        exp units it is `largest_drawn`.

    Returns
    -------
    Colormap, Normalize
        Sigmoid gates from 0 (dark, shut) to 1; tanh from -1 to 1, diverging around 0; relu and exp from 0.
    """
    squash = cell.squash.get(gate)
    if squash == "exp":
        return gate_map(), Normalize(0, largest_drawn(values))
    if cell.is_rectified or squash == "relu":
        top = float(np.nanmax(values, initial=1.0, where=np.isfinite(values)))
        return gate_map(), Normalize(0, top)
    if squash == "sigmoid":
        return gate_map(), Normalize(0, 1)
    return signed_map(), Normalize(-1, 1)


def largest_drawn(values: np.ndarray) -> float:
    """The end of a linear scale of exponential activations, of which a few may be very large.

    Parameters
    ----------
    values : ndarray
        Those that are not finite do not count.

    Returns
    -------
    float
        At least 1. The largest value, or, if that is more than twice the 98th percentile, that percentile;
        rounded up to two digits.
    """
    finite = values[np.isfinite(values)]
    most = float(finite.max(initial=1.0))
    usual = float(np.quantile(finite, 0.98)) if finite.size else 1.0
    top = most if most <= 2 * usual else max(usual, 1.0)
    unit = 10.0 ** (math.floor(math.log10(top)) - 1)
    return max(1.0, math.ceil(round(top / unit, 9)) * unit)
