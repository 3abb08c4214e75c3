"""How often the last states of a module were read in a shape that mixes its sequences."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.values_of_steps import values_of_steps
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module
from gradviz.vocabulary import STATE_SCRAMBLED, STEP

FRACTION = "scrambled_state_fraction"


@takes_any_selection(STEP)
def scrambled_state(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """How often h_n or c_n was reshaped so that one row holds the states of several sequences.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``state_scrambled``.
    module : str, optional
        Required if the tree has several modules.

    Returns
    -------
    Dataset, no dims
        ``scrambled_state_fraction``: of the recorded training steps whose loss reads h_n or c_n.

    Raises
    ------
    BadRecording
        If the loss never read them.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4, bidirectional=True)
    >>> with gv.record(lstm) as tape:
    ...     output, (h_n, c_n) = lstm(torch.randn(5, 7, 2))
    ...     h_n.view(7, -1).sum().backward()  # should be h_n.transpose(0, 1).reshape(7, -1)
    >>> gv.scrambled_state(tape.tree)["scrambled_state_fraction"].item()
    1.0
    """
    values = values_of_steps(select_module(data, module=module), STATE_SCRAMBLED)
    if not values.size:
        raise BadRecording("recording has no 'state_scrambled': the loss never read h_n or c_n")
    return with_units({FRACTION: (values.mean(), "fraction of training steps with mixed-up states", "1")})
