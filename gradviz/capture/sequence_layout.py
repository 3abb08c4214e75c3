"""From a batch, as the fused kernels store it, to the chosen sequences in order of processing, and back.

The recursion needs (time, sample, ...) with time in the order in which the direction processes it and each
sequence starting in the first row.  A reverse direction starts at each sequence's own end.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class SequenceLayout(Protocol):
    """How one direction of a layer processes the chosen sequences.

    ``steps``: time steps of the longest sequence.  ``valid``: (time, sample), False after a sequence's last
    step; None if all are equally long.
    """

    steps: int

    @property
    def valid(self) -> Tensor | None: ...

    def gather(self, values: Tensor) -> Tensor:
        """(time, sample, ...) in the order of processing; zero after a sequence's end."""

    def states(self, values: Tensor) -> Tensor:
        """(sample, ...) from an initial or final state (batch, ...)."""

    def add_at_end(self, values: Tensor, final: Tensor) -> None:
        """Add ``final`` (sample, ...) to ``values`` (time, sample, ...) at each sequence's last step."""

    def real_time(self, values: Tensor) -> Tensor:
        """(time, sample, ...) in real time; NaN where there is no data."""

    def processed(self, values: Tensor) -> Tensor:
        """(time, sample, ...) from real time in the order of processing; zero after a sequence's end."""

    @property
    def ends(self) -> tuple[Tensor, Tensor]:
        """Index (time, sample) of every sequence's last step in the order of processing."""


def rows_of_batch(values: Tensor, rows: Tensor) -> Tensor:
    """``values.index_select(1, rows)``; in the layout of ``batch_first`` a sequence is copied as a whole.

    Parameters
    ----------
    values : Tensor, shape (time, batch, ...)
    rows : Tensor of int, shape (sample,)

    Returns
    -------
    Tensor, shape (time, sample, ...)
    """
    if values.stride(1) > values.stride(0):
        return values.transpose(0, 1).index_select(0, rows).transpose(0, 1)
    return values.index_select(1, rows)


class PaddedLayout:
    """Sequences of equal length, (time, batch, ...); see `SequenceLayout`.

    Parameters
    ----------
    steps : int
    samples : Tensor of int, shape (sample,)
        Which sequences of the batch.
    batch : int
    reverse : bool
    """

    valid: None = None

    def __init__(self, steps: int, samples: Tensor, *, batch: int, reverse: bool):
        self.steps = steps
        self._samples = samples
        self._all = len(samples) == batch
        self._reverse = reverse

    def gather(self, values: Tensor) -> Tensor:
        if not self._all:
            values = rows_of_batch(values, self._samples)
        return values.flip(0) if self._reverse else values

    def states(self, values: Tensor) -> Tensor:
        return values if self._all else values.index_select(0, self._samples)

    def add_at_end(self, values: Tensor, final: Tensor) -> None:
        values[-1] += final

    def real_time(self, values: Tensor) -> Tensor:
        return values.flip(0) if self._reverse else values

    def processed(self, values: Tensor) -> Tensor:
        return self.real_time(values)

    @property
    def ends(self) -> tuple[Tensor, Tensor]:
        samples = torch.arange(len(self._samples), device=self._samples.device)
        return torch.full_like(samples, self.steps - 1), samples


class PackedLayout:
    """Sequences of a ``PackedSequence``, (data, ...); see `SequenceLayout`.

    Parameters
    ----------
    batch_sizes : Tensor of int, shape (time,)
        How many sequences are still running at each step; they are sorted by length, the longest first.
    places : Tensor of int, shape (sample,)
        Which of the sorted sequences are recorded.
    reverse : bool
    """

    def __init__(self, batch_sizes: Tensor, places: Tensor, *, reverse: bool):
        device = places.device
        sizes = batch_sizes.to(device)
        self.steps = len(sizes)
        self._places = places
        offsets = sizes.cumsum(0) - sizes
        step = torch.arange(self.steps, device=device).unsqueeze(1)
        lengths = (sizes.unsqueeze(1) > places).sum(0)  # (sample,)
        self.valid = step < lengths
        self._last = lengths - 1
        time = (self._last - step).clamp(min=0) if reverse else step.expand(-1, len(places))
        self._time = torch.where(self.valid, time, step)  # real time of every processed step
        self._rows = torch.where(self.valid, offsets[time] + places, 0)

    def gather(self, values: Tensor) -> Tensor:
        found = values[self._rows]
        return found.masked_fill_(self._over(found), 0)

    def states(self, values: Tensor) -> Tensor:
        return values.index_select(0, self._places)

    def add_at_end(self, values: Tensor, final: Tensor) -> None:
        values[self.ends] += final

    def real_time(self, values: Tensor) -> Tensor:
        ordered = torch.empty_like(values).scatter_(0, self._time_of(values), values)
        return ordered.masked_fill_(self._over(ordered), torch.nan)

    def processed(self, values: Tensor) -> Tensor:
        found = values.gather(0, self._time_of(values))
        return found.masked_fill_(self._over(found), 0)

    @property
    def ends(self) -> tuple[Tensor, Tensor]:
        return self._last, torch.arange(len(self._last), device=self._last.device)

    def _time_of(self, values: Tensor) -> Tensor:
        """The real time of every processed value."""
        return self._time.view(*self._time.shape, *[1] * (values.dim() - 2)).expand_as(values)

    def _over(self, values: Tensor) -> Tensor:
        """True after the end of a sequence; the same in both orders of time."""
        return ~self.valid.view(*self.valid.shape, *[1] * (values.dim() - 2))
