"""The first and the last training step of a recording."""

from __future__ import annotations

import xarray as xr

from gradviz.vocabulary import ITERATION, STEP


def range_of_steps(tree: xr.DataTree) -> tuple[int, int] | None:
    """The first and the last training step, whether or not any module was recorded at it.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    tuple of int, or None
        None if it has none.
    """
    labels = [
        node.coords[dim].values
        for node in tree.subtree
        for dim in (STEP, ITERATION)
        if dim in node.coords and node.coords[dim].size
    ]
    return (int(min(map(min, labels))), int(max(map(max, labels)))) if labels else None
