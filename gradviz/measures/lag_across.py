"""How many time steps lie between an encoder's states and the first step of the decoder that continues it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.tree import check_variable, select_call, select_module
from gradviz.vocabulary import CONTINUES, DIRECTION, FORWARD, LOG10_GRAD_H, SAMPLE, STEP, TIME, TIME_OFFSET


def lag_across(data: xr.DataTree, *, module: str) -> xr.DataArray:
    """The lag from every time step of a module to the first step of the one that continues it.

    A gradient from step s of the continuing module, counted from 0, comes back to step t over s more time
    steps than that. A reverse direction ends at its first step, so that from there it is one step.

    Parameters
    ----------
    data : DataTree
        A recording of both modules. Several calls of a module in a step are not supported: the sequences are
        paired by their number in the batch.
    module : str
        The module that continues the other one, for example a decoder.

    Returns
    -------
    DataArray, dims (step, direction, time, sample)
        In time steps, for the module that is continued. NaN where a sequence has no data, and where gradients
        enter in other ways too, as with attention: then the two are not a single number of steps apart.

    Raises
    ------
    BadRecording
        If the module does not continue a single other one that was recorded too.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> model = nn.ModuleDict({"encoder": nn.GRU(3, 4), "decoder": nn.GRU(2, 4)})
    >>> with gv.record(model) as tape:
    ...     _, state = model["encoder"](torch.randn(5, 2, 3))
    ...     model["decoder"](torch.randn(3, 2, 2), state)[0][-1].sum().backward()
    >>> gv.lag_across(tape.tree, module="decoder").sel(sample=0).values
    array([[[5., 4., 3., 2., 1.]]])
    """
    later = select_module(data, module=module)
    name = later.attrs.get(CONTINUES)
    if name is None:
        raise BadRecording(f"the first state of {module!r} does not come from another recorded module")
    if name not in data.children:
        raise BadRecording(f"{module!r} continues {name}; expected a single module that was recorded")
    offset = check_variable(select_call(data, module=module), TIME_OFFSET)
    earlier = select_call(data, module=str(name))
    norms = check_variable(earlier, LOG10_GRAD_H)
    there = norms.notnull().any([dim for dim in norms.dims if dim not in (STEP, DIRECTION, TIME, SAMPLE)])
    offset = offset.reindex({STEP: earlier[STEP], SAMPLE: earlier[SAMPLE]})
    is_forward = earlier[DIRECTION] == FORWARD
    lag = xr.where(is_forward, offset - earlier[TIME], earlier[TIME] + 1 + 0 * offset)
    found = lag.where(there).transpose(STEP, DIRECTION, TIME, SAMPLE).astype(np.float64)
    return found.rename("lag").assign_attrs(
        long_name=f"lag to the first time step of {module}", units="time steps"
    )
