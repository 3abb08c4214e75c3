"""How many calls of one time step each began with the very same state."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.values_of_steps import values_of_steps
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module
from gradviz.vocabulary import CALLS_FROM_ONE_STATE, STEP

MOST = "most_calls_from_one_state"


@takes_any_selection(STEP)
def steps_from_one_state(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """The most calls of one time step in a training step that all began with the very same computed state.

    Parameters
    ----------
    data : Dataset or DataTree
    module : str, optional
        Required if the tree has several modules.

    Returns
    -------
    Dataset, no dims
        ``most_calls_from_one_state``; 0 if a module goes on from its own state, or reads whole sequences, or
        if there are fewer than three such calls.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> model = nn.ModuleList([nn.GRU(2, 4), nn.GRU(2, 4)])
    >>> x = torch.randn(6, 3, 2)
    >>> with gv.record(model) as tape:
    ...     _, state = model[0](x)
    ...     outputs = [model[1](each, state)[0] for each in x.split(1)]  # its own state is lost
    ...     torch.cat(outputs).sum().backward()
    >>> gv.steps_from_one_state(tape.tree, module="1")["most_calls_from_one_state"].item()
    6.0
    """
    counts = values_of_steps(select_module(data, module=module), CALLS_FROM_ONE_STATE)
    most = counts.max() if counts.size else xr.DataArray(0.0)
    return with_units({MOST: (most, "calls of one time step that began with one state", "1")})
