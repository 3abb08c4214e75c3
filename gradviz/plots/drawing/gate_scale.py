"""The colour map and the range of a gate or a state."""

from __future__ import annotations

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
        Of relu and exp units, and of a state of relu units, the largest is the end of the scale, which is at
        least 1.

    Returns
    -------
    Colormap, Normalize
        Sigmoid gates from 0 (dark, shut) to 1; tanh from -1 to 1, diverging around 0; relu and exp from 0.
    """
    squash = cell.squash.get(gate)
    if cell.is_rectified or squash in ("relu", "exp"):
        top = float(np.nanmax(values, initial=1.0, where=np.isfinite(values)))
        return gate_map(), Normalize(0, top)
    if squash == "sigmoid":
        return gate_map(), Normalize(0, 1)
    return signed_map(), Normalize(-1, 1)
