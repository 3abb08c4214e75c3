"""How far the states of a recording are from those of the model."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module
from gradviz.vocabulary import MODULE, REPLAY_ERROR


@takes_any_selection()
def replay_error(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Largest difference between the states replayed for the recording and those that the model computed.

    Parameters
    ----------
    data : Dataset or DataTree
        Has the attribute ``replay_error``.
    module : str, optional
        Required if the tree has several modules.

    Returns
    -------
    Dataset, no dims
        ``replay_error``: over everything recorded; absolute for states up to 1, relative for larger ones.

    Raises
    ------
    BadRecording
        If the recording has no such attribute.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> gv.replay_error(tree)["replay_error"].item() < 1e-5
    True
    """
    dataset = select_module(data, module=module)
    if REPLAY_ERROR not in dataset.attrs:
        raise BadRecording(
            f"recording of {dataset.attrs.get(MODULE, 'this module')!r} has no attribute {REPLAY_ERROR!r}"
        )
    value = xr.DataArray(float(dataset.attrs[REPLAY_ERROR]))
    return with_units({REPLAY_ERROR: (value, "largest difference between replayed and native states", "1")})
