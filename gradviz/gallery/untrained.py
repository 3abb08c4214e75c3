"""One recorded pass of a network before its first training step."""

from __future__ import annotations

from typing import Any

import torch
import xarray as xr

from gradviz.capture.record import record
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.tasks.adding import Adding

BATCH = 16


def untrained(
    cell: str, *, length: int, hidden_size: int, init: str = "default", options: dict[str, Any] | None = None
) -> xr.DataTree:
    """Gradients of the adding task's loss at initialisation, 16 sequences, seed 0.

    Parameters
    ----------
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    length : int
        Time steps.
    hidden_size : int
    init : str
        See `gradviz.initialise`.
    options : dict, optional
        Of the initialisation.

    Returns
    -------
    DataTree
        One step.
    """
    torch.manual_seed(0)
    task = Adding(length=length)
    model = SequenceModel(cell, task.input_size, hidden_size, task.output_size)
    initialise(model, init, **(options or {}))
    inputs, targets = task.batch(BATCH, torch.Generator().manual_seed(0))
    with record(model) as tape:
        task.loss(model(inputs), targets).backward()
    return tape.tree
