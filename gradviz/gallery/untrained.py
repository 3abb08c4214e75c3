"""One recorded pass of an untrained network."""

from __future__ import annotations

from typing import Any

import torch
import xarray as xr

from gradviz.capture.record import record
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.tasks.adding import Adding
from gradviz.vocabulary import CELL, CONFIG

BATCH = 16


def untrained(
    cell: str, *, length: int, hidden_size: int, init: str = "default", options: dict[str, Any] | None = None
) -> xr.DataTree:
    """Recording of one pass over 16 sequences of the adding task at initialisation, seed 0.

    Parameters
    ----------
    cell : {"rnn", "rnn_relu", "lstm", "gru"}
    length : int
        Number of time steps.
    hidden_size : int
    init : str
        See `gradviz.initialise`.
    options : dict, optional
        Options of the initialisation.

    Returns
    -------
    DataTree
        With one training step. Its configuration names the cell and the initialisation, as that of a run.
    """
    torch.manual_seed(0)
    task = Adding(length=length)
    model = SequenceModel(cell, task.input_size, hidden_size, task.output_size)
    initialise(model, init, **(options or {}))
    inputs, targets = task.batch(BATCH, torch.Generator().manual_seed(0))
    network = {CELL: cell, "init": init, "init_options": options or {}}
    with record(model, metadata={CONFIG: {"model": network}}) as tape:
        task.loss(model(inputs), targets).backward()
    return tape.tree
