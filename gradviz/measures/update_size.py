"""How large the updates of the weights were."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.values_of_steps import known_values
from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import STEP, UPDATE_RATIO

FIRST, LARGEST, MEDIAN = "first_update_ratio", "largest_update_ratio", "median_update_ratio"
TOTAL = "total_update_ratio"


@takes_any_selection(STEP)
def update_size(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """The change of the weights in an optimizer step, relative to the weights: first, largest, median, total.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``update_ratio``: made with ``gradviz.record(model, optimizer=optimizer)``.

    Returns
    -------
    Dataset, no dims
        ``first_update_ratio``, ``largest_update_ratio``, ``median_update_ratio``: ‖Δw‖ / ‖w‖ over the
        recorded steps. Around 0.001 to 0.01 is usual; at 1 an update is as large as the weights themselves.
        ``total_update_ratio``: their mean, times the training steps from the first recorded one to the last.
        If all updates went the same way, the weights would have moved so far: they have not moved further.

    Raises
    ------
    BadRecording
        If it was not recorded.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4)
    >>> optimizer = torch.optim.Adam(lstm.parameters(), lr=3.0)
    >>> with gv.record(lstm, optimizer=optimizer) as tape:
    ...     lstm(torch.ones(5, 3, 2))[0].sum().backward()
    ...     optimizer.step()
    ...     tape.step()
    >>> gv.update_size(tape.tree)["largest_update_ratio"].item() > 1
    True
    """
    ratios = known_values(data, UPDATE_RATIO, "record with gv.record(model, optimizer=optimizer)")
    steps = ratios[STEP].values
    total = without_overflow(ratios, xr.DataArray.mean) * (steps[-1] - steps[0] + 1)
    return with_units(
        {
            FIRST: (ratios.isel({STEP: 0}, drop=True), "first recorded update, ‖Δw‖/‖w‖", "1"),
            LARGEST: (ratios.max(), "largest recorded update, ‖Δw‖/‖w‖", "1"),
            MEDIAN: (without_overflow(ratios, xr.DataArray.median), "median recorded update, ‖Δw‖/‖w‖", "1"),
            TOTAL: (total, "all updates together, ‖Δw‖/‖w‖, from those recorded", "1"),
        }
    )
