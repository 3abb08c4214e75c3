"""Which colours a gate or a state is drawn in, and over which range."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Colormap, Normalize

from gradviz.plots.drawing.palette import gate_map, signed_map
from gradviz.vocabulary import describe_cell


def gate_scale(cell: str, gate: str, values: np.ndarray) -> tuple[Colormap, Normalize]:
    """Map and norm of a gate's activations, or of a hidden state.

    Parameters
    ----------
    cell : str
        A key of ``vocabulary.CELLS``; of any other the values are taken for a tanh's.
    gate : str
        Any name that is none of the cell's sigmoid gates, such as ``h``, is a tanh's too.
    values : ndarray
        Of relu units they decide how far the scale reaches, at least to 1.

    Returns
    -------
    Colormap, Normalize
        Sigmoid gates from 0 (dark, shut) to 1; tanh from -1 to 1, diverging around 0.
    """
    squash = describe_cell(cell).squash.get(gate)
    if describe_cell(cell).is_rectified:
        top = float(np.nanmax(values, initial=1.0, where=np.isfinite(values)))
        return gate_map(), Normalize(0, top)
    if squash == "sigmoid":
        return gate_map(), Normalize(0, 1)
    return signed_map(), Normalize(-1, 1)
