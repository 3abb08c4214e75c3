"""How long the input of each sequence has not changed when it ends."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import INPUT_CHANGE, SAMPLE, TIME

SHORTEST, MEDIAN, LONGEST = "shortest_constant_tail", "median_constant_tail", "longest_constant_tail"


@takes_any_selection(TIME)
def constant_tail(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Time steps at the end of a sequence at which its input is the same: shortest, median and longest.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``input_change``, dims (step, time, sample).
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims (step,)
        Over the recorded sequences, in time steps: 1 where the last input differs from the one before, the
        whole length for a constant input. Padding that is not packed is such a tail.

    Raises
    ------
    BadRecording
        If the input was not recorded, or there is no such call.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> x = torch.randn(9, 2, 3)
    >>> x[5:, 1] = 0  # the second sequence has five steps, and is padded to nine
    >>> lstm = nn.LSTM(3, 4)
    >>> with gv.record(lstm) as tape:
    ...     lstm(x)[0][-1].sum().backward()
    >>> found = gv.constant_tail(tape.dataset)
    >>> found["shortest_constant_tail"].item(), found["longest_constant_tail"].item()
    (1.0, 4.0)
    """
    tails = tails_of_sequences(select_call(data, module=module, call=call))
    return with_units(
        {
            SHORTEST: (tails.min(SAMPLE), "fewest last steps with the same input", "time steps"),
            MEDIAN: (
                tails.median(SAMPLE),
                "median number of last steps with the same input",
                "time steps",
            ),
            LONGEST: (tails.max(SAMPLE), "most last steps with the same input", "time steps"),
        }
    )


def tails_of_sequences(dataset: xr.Dataset) -> xr.DataArray:
    """The last time steps of each sequence at which its input is the same.

    Parameters
    ----------
    dataset : Dataset
        One module, with ``input_change``.

    Returns
    -------
    DataArray, dims (step, sample)
        NaN where a sequence was not recorded.
    """
    change = check_variable(dataset, INPUT_CHANGE).transpose(..., TIME, SAMPLE)
    values = change.values
    last_change = np.where(values > 0, np.arange(values.shape[-2])[:, None], -1).max(-2)
    is_real = ~np.isnan(values)
    ends = np.where(is_real, np.arange(values.shape[-2])[:, None], -1).max(-2)
    first = np.where(last_change < 0, 0, last_change)
    tails = np.where(is_real.any(-2), ends - first + 1.0, np.nan)
    return xr.DataArray(tails, [change.coords[dim] for dim in change.dims if dim != TIME])
