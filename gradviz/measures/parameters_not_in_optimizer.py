"""How many parameters get a gradient that no optimizer uses."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.values_of_steps import known_values
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import PARAMETERS_NOT_IN_OPTIMIZER, STEP

LEFT_OUT = "left_out"


@takes_any_selection(STEP)
def parameters_not_in_optimizer(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """How many parameters have got gradients and have never changed, because no optimizer holds them.

    Parameters
    ----------
    data : Dataset or DataTree
        Made with ``gradviz.record(model, optimizer=optimizer)``: has ``parameters_not_in_optimizer``.

    Returns
    -------
    Dataset, no dims
        ``left_out``: number of parameters at the last recorded training step with an update.  Parameters that
        another optimizer changes do not count.

    Raises
    ------
    BadRecording
        If it was not recorded.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.GRU(3, 4))
    >>> optimizer = torch.optim.SGD(model[0].parameters(), lr=0.1)  # the GRU was forgotten
    >>> with gv.record(model, optimizer=optimizer) as tape:
    ...     for _ in range(2):
    ...         optimizer.zero_grad()
    ...         model(torch.ones(5, 6, 2))[0].sum().backward()
    ...         optimizer.step()
    ...         tape.step()
    >>> gv.parameters_not_in_optimizer(tape.tree)["left_out"].item()
    4.0
    """
    how = "record with gv.record(model, optimizer=optimizer) steps in which the optimizer is called"
    counts = known_values(data, PARAMETERS_NOT_IN_OPTIMIZER, how)
    last = counts.isel({STEP: -1}, drop=True)
    return with_units({LEFT_OUT: (last, "parameters with a gradient that no optimizer has changed", "1")})
