"""Checks that the facts of training steps are counts, or 0 and 1, as the diagnosis reads them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.check_attributes import shown
from gradviz.vocabulary import INPUT_SCRAMBLED, METRICS, OF_THE_LOSS, STATE_SCRAMBLED, STEP, VARIABLES

_FLAGS = OF_THE_LOSS | {INPUT_SCRAMBLED, STATE_SCRAMBLED}
_LARGEST_COUNT = 2.0**53


def check_facts(dataset: xr.Dataset) -> None:
    """Raise if a variable with one number for each training step or call is out of its range.

    Parameters
    ----------
    dataset : Dataset
        The recording of one module. Metrics are not looked at: they may be any numbers.

    Raises
    ------
    BadRecording
        If a count is negative, infinite or beyond 2^53, or a value that is 0 or 1 is not in that range. NaN
        stands where there is no value.
    """
    for name in map(str, dataset.data_vars):
        if name in METRICS or name not in VARIABLES or VARIABLES[name].dims != (STEP,):
            continue
        most = 1.0 if name in _FLAGS else _LARGEST_COUNT
        values = np.asarray(dataset.variables[name].values, dtype=np.float64)
        wrong = (values < 0) | (values > most)
        if wrong.any():
            wanted = "0 or 1" if name in _FLAGS else "counts from 0"
            raise BadRecording(
                f"variable {name!r} has the value {shown(values[wrong].item(0))}; expected {wanted}"
            )
