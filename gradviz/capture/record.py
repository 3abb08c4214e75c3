"""The front door: watch a model while it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.capture.schedule import Schedule, as_schedule
from gradviz.capture.tape import Tape
from gradviz.errors import unknown_name
from gradviz.recording.parts import PartWriter
from gradviz.recording.sink import MemorySink, RecordingSink

DETAILS = ("norms", "full")


def record(
    model: nn.Module,
    *,
    every: int | Schedule = 1,
    samples: int | None = 16,
    detail: str = "norms",
    path: str | Path | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Tape:
    """Record the total gradient at every state and gate of a model's recurrent modules.

    Parameters
    ----------
    model : nn.Module
        Any model with an ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU`` somewhere in it, or with an ``nn.RNNCell``,
        ``nn.LSTMCell`` or ``nn.GRUCell`` that it calls in a loop; with a recurrence written by hand,
        ``tape.observe`` says which its states are.  The model is not changed, and on the CPU neither is one
        bit of its training.
    every : int or callable ``step -> bool``
        Which training steps; ``gradviz.every(20)``, ``gradviz.logspaced(0, 1000, 50)``.
    samples : int or None
        How many sequences of each batch, evenly spaced; None for all.
    detail : {"norms", "full"}
        ``"full"`` keeps signed gradients, gates and states of every unit too.
    path : path-like, optional
        A folder that is written while recording goes on; without it the recording stays in memory.
    metadata : mapping, optional
        Goes into the recording's attributes.

    Returns
    -------
    Tape
        A context manager.  End each training iteration with ``tape.step(loss)``.

    Raises
    ------
    CannotWatch
        When the model is no ``nn.Module``, or is scripted.  The tape raises it where there is nothing
        recurrent in the model and nothing was given to ``tape.observe``.
    FileExistsError
        When ``path`` is a file or holds a recording already.
    ValueError, TypeError
        For options that make no sense.

    Examples
    --------
    >>> with gradviz.record(model) as tape:
    ...     loss_fn(model(x), y).backward()
    >>> tape.dataset["log10_grad_h"]
    """
    return _tape(
        model,
        lambda: MemorySink(metadata=metadata) if path is None else PartWriter(path, metadata=metadata),
        every=every,
        samples=samples,
        detail=detail,
    )


def record_into(
    sink: RecordingSink,
    model: nn.Module,
    *,
    every: int | Schedule = 1,
    samples: int | None = 16,
    detail: str = "norms",
    first_step: int = 0,
) -> Tape:
    """As `record`, into a sink that exists already and stays open.

    Parameters
    ----------
    sink : RecordingSink
    model, every, samples, detail
        As `record` takes them.
    first_step : int
        The training step that the first call of ``tape.step`` ends.

    Returns
    -------
    Tape
    """
    return _tape(
        model,
        lambda: sink,
        every=every,
        samples=samples,
        detail=detail,
        closes_sink=False,
        first_step=first_step,
    )


def _tape(
    model: nn.Module,
    sink: Callable[[], RecordingSink],
    *,
    every: int | Schedule,
    samples: int | None,
    detail: str,
    closes_sink: bool = True,
    first_step: int = 0,
) -> Tape:
    """A tape; nothing is made on disk before all options are known to make sense."""
    recurrent_modules(model)
    schedule = as_schedule(every)
    if samples is not None and (isinstance(samples, bool) or not isinstance(samples, int) or samples < 1):
        raise ValueError(f"samples = {samples!r}: must be a whole number of at least 1, or None for all")
    if detail not in DETAILS:
        raise unknown_name("detail", detail, DETAILS)
    return Tape(
        model,
        schedule=schedule,
        samples=samples,
        detail=detail,
        sink=sink(),
        closes_sink=closes_sink,
        first_step=first_step,
    )
