"""Decades of gradient lost over the lag of a run's task, at every recorded step of its training."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from gradviz.diagnosis.shown_memory import shows_memory
from gradviz.diagnosis.thresholds import HOPELESS_FROM
from gradviz.errors import BadRecording
from gradviz.measures.gradient_along_path import LOST_ON_PATH, lost_over_at_most, path_ends
from gradviz.vocabulary import LAG, STEP


class Lost(NamedTuple):
    """Decades lost through a training.

    Attributes
    ----------
    lag : int
        Time steps over which they were measured: the task's lag, or the longest if sequences are shorter.
    steps : list of int
        The recorded training steps.
    decades : list of float
        One for each; NaN if there is no gradient at a step.
    """

    lag: int
    steps: list[int]
    decades: list[float]

    @property
    def early(self) -> tuple[int, float] | None:
        """The first recorded step from step 30 on, and what is lost there; None if there is no such step."""
        return next((pair for pair in zip(self.steps, self.decades, strict=True) if pair[0] >= _EARLY), None)


_EARLY = HOPELESS_FROM  # where the reliability of an early warning was measured


def lost_through_training(tree: xr.DataTree, lag: int) -> Lost | None:
    """Decades lost over a lag at every recorded step, by `gradviz.gradient_along_path`.

    Parameters
    ----------
    tree : DataTree
    lag : int

    Returns
    -------
    Lost or None
        Of several paths the one that loses least, as in `gradviz.alert`. None if the recording does not show
        it: the loss reads most time steps, or the gradient of the states was not recorded.
    """
    ends = path_ends(tree)
    if not ends or not all(shows_memory(tree, name) for name in ends):
        return None
    try:
        found = [lost_over_at_most(tree, lag, module=name) for name in ends]
    except BadRecording:  # no sequence has two steps
        return None
    together = xr.concat([one[LOST_ON_PATH] for one in found], "path", join="inner")
    least = together.min("path", skipna=False)
    measured = min(int(one.attrs[LAG]) for one in found)
    return Lost(measured, least[STEP].values.tolist(), least.values.astype(np.float64).tolist())
