"""How often gradients were not zeroed before a backward pass."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.values_of_steps import known_values
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import PARAMETERS_NOT_ZEROED, STEP

FRACTION = "not_zeroed_fraction"
MOST = "most_not_zeroed"


@takes_any_selection(STEP)
def gradients_not_zeroed(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """How often a backward pass added to gradients that the optimizer had used already.

    Parameters
    ----------
    data : Dataset or DataTree
        Made with ``gradviz.record(model, optimizer=optimizer)``: has ``parameters_not_zeroed``.

    Returns
    -------
    Dataset, no dims
        ``not_zeroed_fraction``: of the recorded training steps after the first of all, before which there is
        nothing to zero; NaN if there are none.  ``most_not_zeroed``: largest number of parameters.

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
    >>> optimizer = torch.optim.SGD(lstm.parameters(), lr=0.1)
    >>> with gv.record(lstm, optimizer=optimizer) as tape:
    ...     for _ in range(3):  # without optimizer.zero_grad()
    ...         lstm(torch.ones(5, 3, 2))[0].sum().backward()
    ...         optimizer.step()
    ...         tape.step()
    >>> found = gv.gradients_not_zeroed(tape.tree)
    >>> found["not_zeroed_fraction"].item(), found["most_not_zeroed"].item()
    (1.0, 4.0)
    """
    counts = known_values(data, PARAMETERS_NOT_ZEROED, "record with gv.record(model, optimizer=optimizer)")
    later = counts.where(counts[STEP] > 0, drop=True)
    return with_units(
        {
            FRACTION: ((later > 0).mean() if later.size else later.mean(), "fraction of training steps", "1"),
            MOST: (counts.max(), "parameters whose gradient was not zeroed", "1"),
        }
    )
