"""How large the recurrent weights are, and how large they were."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module
from gradviz.vocabulary import CALL, GATE, RECURRENT_WEIGHT_NORM, STEP

SIZE, LARGEST_BEFORE = "weight_size", "largest_weight_size_before"
_TEXT = "norm of the recurrent weights, of the gate with the largest"


@takes_any_selection(STEP)
def recurrent_weight_size(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, upto: int | None = None
) -> xr.Dataset:
    """Norm of the recurrent weights, of the gate with the largest one, at a training step, and before it.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``recurrent_weight_norm``.
    module : str, optional
        Required if the tree has several modules.
    upto : int, optional
        The recorded training step to look at, or the last one before it; by default the last of all.

    Returns
    -------
    Dataset, dims (layer, direction)
        ``weight_size``: at that step.  ``largest_weight_size_before``: the largest at the recorded steps
        before it; NaN if there is none.

    Raises
    ------
    BadRecording
        If it was not recorded, or not up to that step.
    ValueError
        If ``upto`` is not a whole number of at least 0.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> gru = nn.GRU(2, 4)
    >>> with gv.record(gru) as tape:
    ...     for factor in (1, 0):
    ...         with torch.no_grad():
    ...             _ = gru.weight_hh_l0.mul_(factor)
    ...         gru(torch.ones(5, 3, 2))[0].sum().backward()
    ...         tape.step()
    >>> found = gv.recurrent_weight_size(tape.tree)
    >>> found["weight_size"].item(), found["largest_weight_size_before"].item() > 0
    (0.0, True)
    """
    dataset = select_module(data, module=module)
    if RECURRENT_WEIGHT_NORM not in dataset:
        raise BadRecording(
            f"recording has no {RECURRENT_WEIGHT_NORM!r}: it is older, or this recurrence has no such weights"
        )
    sizes = dataset.variables[RECURRENT_WEIGHT_NORM]
    sizes = sizes.max([dim for dim in (CALL, GATE) if dim in sizes.dims])
    if upto is not None:
        check_whole_number("upto", upto, at_least=0)
        sizes = sizes.isel({STEP: np.flatnonzero(dataset[STEP].values <= upto)})
    if not sizes.sizes[STEP]:
        raise BadRecording(f"recording has no step up to training step {upto}")
    before = sizes.isel({STEP: slice(0, -1)})
    largest = before.max(STEP) if before.sizes[STEP] else sizes.isel({STEP: 0}) * float("nan")
    return with_units(
        {
            SIZE: (sizes.isel({STEP: -1}), _TEXT, "1"),
            LARGEST_BEFORE: (largest, f"{_TEXT} at an earlier step", "1"),
        },
        of=dataset.drop_dims(STEP),
    )
