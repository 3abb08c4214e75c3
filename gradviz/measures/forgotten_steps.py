"""Optimizer steps that were made without ``tape.step``."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.values_of_steps import values_of_steps
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import STEP, STEPS_WITHOUT_TAPE_STEP

FORGOTTEN = "forgotten_steps"


@takes_any_selection(STEP)
def forgotten_steps(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """The largest number of optimizer steps that were made without ``tape.step``.

    Parameters
    ----------
    data : Dataset or DataTree

    Returns
    -------
    Dataset, no dims
        ``forgotten_steps``; 0 if there were fewer than 32 between two calls of ``tape.step``, as several
        epochs over one batch or the closures of LBFGS make them.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> gv.forgotten_steps(gv.probe(nn.LSTM(2, 4)))["forgotten_steps"].item()
    0.0
    """
    counts = values_of_steps(data, STEPS_WITHOUT_TAPE_STEP)
    most = counts.max() if counts.size else xr.DataArray(0.0)
    return with_units({FORGOTTEN: (most, "optimizer steps without tape.step", "1")})
