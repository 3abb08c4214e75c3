"""Find the time axis of a model's output from the inputs of its recurrent modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence


class Axes(NamedTuple):
    """Sizes of the input of a recurrent module.

    Attributes
    ----------
    length : int
        Number of time steps; for a cell, the number of its calls.
    batch : int or None
        Number of sequences; None for a single sequence without a batch axis.
    batch_first : bool
    """

    length: int
    batch: int | None
    batch_first: bool


class SeenAxes:
    """The inputs of all calls of recurrent modules, in order."""

    def __init__(self) -> None:
        self._calls: list[tuple[nn.Module, int, int | None]] = []

    def see(self, module: nn.Module, given: Any) -> None:
        if isinstance(given, PackedSequence):
            self._calls.append((module, len(given.batch_sizes), int(given.batch_sizes[0])))
        elif isinstance(given, Tensor) and isinstance(module, nn.RNNCellBase):
            self._calls.append((module, 1, len(given) if given.dim() > 1 else None))
        elif isinstance(given, Tensor) and given.dim() == 2:
            self._calls.append((module, len(given), None))
        elif isinstance(given, Tensor) and given.dim() == 3:
            first, second = given.shape[:2]
            length, batch = (second, first) if getattr(module, "batch_first", False) else (first, second)
            self._calls.append((module, length, batch))

    @property
    def axes(self) -> list[Axes]:
        """The sizes of every call, the last call first; all calls of a cell count as one."""
        steps = Counter(module for module, _, _ in self._calls)
        found = [
            Axes(steps[module], batch, True)
            if isinstance(module, nn.RNNCellBase)
            else Axes(length, batch, bool(getattr(module, "batch_first", False)))
            for module, length, batch in reversed(self._calls)
        ]
        return list(dict.fromkeys(found))


@contextmanager
def seen_axes(modules: Iterable[nn.Module]) -> Iterator[SeenAxes]:
    """Within the block, note the sizes of the inputs of recurrent modules.

    Parameters
    ----------
    modules : iterable of nn.Module
    """
    seen = SeenAxes()

    def look(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        seen.see(module, args[0] if args else kwargs.get("input"))

    handles = [module.register_forward_pre_hook(look, with_kwargs=True) for module in modules]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def time_axis(shape: Sequence[int], calls: Iterable[Axes]) -> int | None:
    """The time axis of an output.

    This is the axis that is as long as the sequences of the call nearest to the output. If there is none,
    it is the one of the first two axes that is not the batch.

    Parameters
    ----------
    shape : sequence of int
    calls : iterable of Axes
        The call nearest to the output first.

    Returns
    -------
    int or None
        None for an output that has no time axis.
    """
    calls = list(calls)
    exact = (place for axes in calls if (place := _as_long(shape, axes)) is not None)
    found = next(exact, None)
    if found is not None or len(shape) < 3:
        return found
    return next((_beside_the_batch(shape, axes) for axes in calls), 1)


def _as_long(shape: Sequence[int], axes: Axes) -> int | None:
    if axes.batch is None:
        return 0 if len(shape) > 1 and shape[0] == axes.length else None
    places = [(1, 0), (0, 1)] if axes.batch_first else [(0, 1), (1, 0)]
    places += [(place, 0) for place in range(2, len(shape))]
    for time, batch in places:
        if max(time, batch) < len(shape) and (shape[time], shape[batch]) == (axes.length, axes.batch):
            return time
    return None


def _beside_the_batch(shape: Sequence[int], axes: Axes) -> int:
    is_batch = [size == axes.batch for size in shape[:2]]
    if is_batch[0] != is_batch[1]:
        return is_batch.index(False)
    return 1 if axes.batch_first else 0
