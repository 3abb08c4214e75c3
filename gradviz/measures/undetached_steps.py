"""How often a state came from an earlier training step with its graph."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.values_of_steps import known_values
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import CONTINUES_STEP, STEP

FRACTION = "undetached_fraction"


@takes_any_selection(STEP)
def undetached_steps(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """How often a module was given a state of an earlier training step that was not detached.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``continues_step``.

    Returns
    -------
    Dataset, no dims
        ``undetached_fraction``: of the training steps at which a first state has a graph at all, among those
        that were recorded and the one after the first of them.

    Raises
    ------
    BadRecording
        If it was not recorded.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm, state = nn.LSTM(2, 4), None
    >>> with gv.record(lstm) as tape:
    ...     for _ in range(2):
    ...         output, state = lstm(torch.ones(5, 3, 2), state)  # the state is not detached
    ...         output.sum().backward(retain_graph=True)
    ...         tape.step()
    >>> gv.undetached_steps(tape.tree)["undetached_fraction"].item()
    1.0
    """
    values = known_values(data, CONTINUES_STEP, "no module was given a first state that has a graph")
    return with_units({FRACTION: (values.mean(), "fraction of training steps with an older state", "1")})
