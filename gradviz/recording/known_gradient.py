"""The gradient at the states that a recording has: the total one, or only the direct one."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT


def known_gradient(dataset: xr.Dataset) -> xr.DataArray:
    """The total gradient at the states; the direct one if they were observed and computed all at once.

    Raises
    ------
    BadRecording
        If neither was recorded.
    """
    is_observed = cell_of(dataset.attrs).is_observed
    is_direct_only = is_observed and LOG10_GRAD_H not in dataset and LOG10_GRAD_H_DIRECT in dataset
    return check_variable(dataset, LOG10_GRAD_H_DIRECT if is_direct_only else LOG10_GRAD_H)
