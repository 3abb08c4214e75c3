"""Whether the gradient of a recording shows how far back its states matter."""

from __future__ import annotations

import xarray as xr

from gradviz.diagnosis.thresholds import MOST_STEPS
from gradviz.measures.gradient_along_path import path_of
from gradviz.measures.gradient_reach import LENGTH, STEPS_SEEN, gradient_reach
from gradviz.vocabulary import LAYER, LOG10_GRAD_H, LOG10_GRAD_H_DIRECT


def shows_memory(tree: xr.DataTree, end: str) -> bool:
    """Whether the total gradient was recorded along a path, and the loss does not read most of its steps.

    Parameters
    ----------
    tree : DataTree
    end : str
        The module in which the path begins on its way back.
    """
    seen = length = 0.0
    for name in path_of(tree, end):
        dataset = tree.children[str(name)].to_dataset(inherit=False)
        if LOG10_GRAD_H not in dataset:
            return False
        if LOG10_GRAD_H_DIRECT in dataset:
            reach = gradient_reach(dataset).isel({LAYER: -1})
            steps = float(reach[LENGTH].max())
            seen, length = seen + steps * float(reach[STEPS_SEEN].max()), length + steps
    return seen <= MOST_STEPS * length
