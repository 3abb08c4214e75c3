"""How often the graph of the loss showed a mistake before the loss."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.values_of_steps import by_step
from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import SIGMOID_BEFORE_LOGITS_LOSS, SOFTMAX_BEFORE_LOG_SOFTMAX, STEP, TARGET_BROADCAST

SOFTMAX, SIGMOID, BROADCAST = "softmax_twice_fraction", "sigmoid_twice_fraction", "broadcast_fraction"

_VARIABLES = {
    SOFTMAX: (SOFTMAX_BEFORE_LOG_SOFTMAX, "fraction of steps with a softmax before a log-softmax"),
    SIGMOID: (SIGMOID_BEFORE_LOGITS_LOSS, "fraction of steps with a sigmoid before a loss of logits"),
    BROADCAST: (TARGET_BROADCAST, "fraction of steps at which all outputs met all targets"),
}


@takes_any_selection(STEP)
def loss_mistakes(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """How often the graph of the loss showed a softmax or sigmoid too many, or a target that was broadcast.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``softmax_before_log_softmax``, ``sigmoid_before_logits_loss`` and ``target_broadcast``, as every
        recording of backward passes that begin at a loss.

    Returns
    -------
    Dataset, no dims
        ``softmax_twice_fraction``, ``sigmoid_twice_fraction`` and ``broadcast_fraction``: of the recorded
        training steps whose graph tells; NaN if none does.

    Raises
    ------
    BadRecording
        If none of them was recorded.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm, y = nn.LSTM(2, 4), torch.tensor([0, 1, 2])
    >>> with gv.record(lstm) as tape:
    ...     probability = lstm(torch.randn(5, 3, 2))[0][-1].softmax(1)
    ...     nn.functional.cross_entropy(probability, y).backward()
    >>> gv.loss_mistakes(tape.tree)["softmax_twice_fraction"].item()
    1.0
    """
    found = {name: list(by_step(data, variable).values()) for name, (variable, _) in _VARIABLES.items()}
    if not any(found.values()):
        raise BadRecording(
            "recording does not know the graph of its loss: call loss.backward() inside the with block of "
            "gv.record"
        )
    return with_units(
        {
            name: (
                xr.Variable((), without_overflow(np.array(values), np.mean) if values else np.nan),
                _VARIABLES[name][1],
                "1",
            )
            for name, values in found.items()
        },
        of=xr.Dataset(),
    )
