"""How often the input of a module was a view that mixes its sequences."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.values_of_steps import values_of_steps
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module
from gradviz.vocabulary import INPUT_SCRAMBLED, STEP

FRACTION = "scrambled_fraction"


@takes_any_selection(STEP)
def scrambled_input(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """How often a module read a view that gives the axes of its data other sizes without moving any number.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``input_scrambled``.
    module : str, optional
        Required if the tree has several modules.

    Returns
    -------
    Dataset, no dims
        ``scrambled_fraction``: of the recorded training steps at which it can be told.

    Raises
    ------
    BadRecording
        If it could not be told at any step.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm, x = nn.LSTM(2, 4), torch.randn(7, 5, 2)  # (batch, time, features)
    >>> with gv.record(lstm) as tape:
    ...     lstm(x.view(5, 7, 2))[0].sum().backward()  # should be x.transpose(0, 1)
    >>> gv.scrambled_input(tape.tree)["scrambled_fraction"].item()
    1.0
    """
    values = values_of_steps(select_module(data, module=module), INPUT_SCRAMBLED)
    if not values.size:
        raise BadRecording("whether the input is a view that mixes its sequences could not be told")
    return with_units({FRACTION: (values.mean(), "fraction of training steps with a mixed-up input", "1")})
