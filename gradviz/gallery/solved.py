"""Which runs solved a task that they were stopped at, and when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.vocabulary import ITERATION

SOLVED = 0.98
"""Fraction of right answers in a batch at which a run has solved its task and stops."""


def solved_at(tree: xr.DataTree) -> int | None:
    """Number of training steps after which a run had solved its task; None if it did not.

    Parameters
    ----------
    tree : DataTree
        Recording of a run with ``stop_at = SOLVED``.
    """
    accuracy = complete_curve(tree, "accuracy")
    return int(accuracy[ITERATION].values[-1]) + 1 if float(accuracy[-1]) >= SOLVED else None


def count_solved(trees: Sequence[xr.DataTree]) -> float:
    """How many runs solved their task; NaN if the last accuracy of one is NaN."""
    last = np.array([float(complete_curve(tree, "accuracy")[-1]) for tree in trees])
    return float(np.nan if np.isnan(last).any() else np.sum(last >= SOLVED))
