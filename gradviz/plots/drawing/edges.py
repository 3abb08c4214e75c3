"""The edges of the cells of a heatmap."""

from __future__ import annotations

import numpy as np


def cell_edges(labels: np.ndarray, *, until: float | None = None) -> np.ndarray:
    """Edges half way between neighbouring labels, so that each position shows the nearest label.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        Ascending, not necessarily evenly spaced; for example recorded training steps.
    until : float, optional
        The last step, recorded or not. The last cell ends there if that is less than one gap after the
        last label.

    Returns
    -------
    ndarray, shape (n + 1,)
        The outer cells are symmetric about their labels, but do not extend below -0.5, since there is nothing
        before step 0. A single label gets a cell of width 1.
    """
    labels = np.asarray(labels, dtype=np.float64)
    if len(labels) == 1:
        return np.array([labels[0] - 0.5, labels[0] + 0.5])
    middles = (labels[:-1] + labels[1:]) / 2
    first, last = 2 * labels[0] - middles[0], 2 * labels[-1] - middles[-1]
    if until is not None and labels[-1] <= until < 2 * labels[-1] - labels[-2]:
        last = until + 0.5
    floor = -0.5 if labels[0] >= 0 else -np.inf
    return np.array([max(first, floor), *middles, last])
