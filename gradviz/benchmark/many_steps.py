"""A recording of thousands of training steps in a second: real steps, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from torch import nn

from gradviz.capture.record import record
from gradviz.models.sequence import SequenceModel
from gradviz.recording.call_record import CallRecord
from gradviz.recording.parts import PartWriter
from gradviz.vocabulary import CELL, REPLAY_ERROR, SAMPLE, STEP

_DISTINCT = 50  # training steps that are really made
_UNITS = 32


def many_steps(count: int, length: int, *, samples: int = 16) -> xr.Dataset:
    """A recording of an LSTM over many training steps, in memory.

    Parameters
    ----------
    count : int
        Training steps.  Those after the first fifty repeat them.
    length : int
        Time steps.
    samples : int

    Returns
    -------
    Dataset
        With the variable ``loss``.
    """
    real = _real_steps(min(count, _DISTINCT), length, samples)
    whole = real.isel({STEP: np.arange(count) % real.sizes[STEP]})
    return whole.assign_coords({STEP: np.arange(count)})


def write_parts(folder: Path, count: int, length: int) -> int:
    """Write the parts of a recording of many training steps, as if its training had been killed at the end.

    Parameters
    ----------
    folder : Path
    count : int
        Training steps.
    length : int
        Time steps.

    Returns
    -------
    int
        The number of parts.
    """
    writer = PartWriter(folder)
    try:
        for each in _records(_real_steps(min(count, _DISTINCT), length, 16), count):
            writer.add(each)
        writer.flush()
    finally:
        writer.abandon()
    return writer.finished


def _records(real: xr.Dataset, count: int) -> Iterator[CallRecord]:
    steps = real.drop_vars([name for name, values in real.items() if values.dims == (STEP,)])
    facts = {name: value for name, value in steps.attrs.items() if name not in (CELL, REPLAY_ERROR)}
    distinct = [
        {str(name): values.values for name, values in steps.isel({STEP: number}).items()}
        for number in range(steps.sizes[STEP])
    ]
    for number in range(count):
        yield CallRecord(
            step=number,
            module="recurrent",
            cell=steps.attrs[CELL],
            samples=steps[SAMPLE].values,
            variables=distinct[number % len(distinct)],
            replay_error=0.0,
            attributes=facts,
        )


def _real_steps(count: int, length: int, samples: int) -> xr.Dataset:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = SequenceModel("lstm", 4, _UNITS, 1, every_step=True)
        inputs = torch.randn(samples, length, 4)
    targets = inputs.cumsum(1)[..., :1].sin()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with record(model, samples=samples, optimizer=optimizer) as tape:
        for _ in range(count):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            tape.step(loss)
    return tape.dataset.load()
