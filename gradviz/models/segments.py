"""Read a sequence in segments: truncated backpropagation through time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.arguments import check_bool, check_whole_number
from gradviz.tasks.lengths import Sequences

State = Tensor | tuple[Tensor, ...] | None


@dataclass(frozen=True)
class Segments:
    """Into what a sequence is cut.

    Parameters
    ----------
    length : int
        Time steps of a segment; the last one may be shorter.
    detach : bool
        Whether no gradient passes from a segment to the one before it.  The state is always carried.

    Raises
    ------
    ValueError
        If the length is below 1.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", Neural Computation 2(4).

    Examples
    --------
    >>> import torch
    >>> from gradviz.models.segments import Segments
    >>> gru = torch.nn.GRU(2, 3, batch_first=True)
    >>> inputs = torch.randn(4, 10, 2, requires_grad=True)
    >>> states, final = Segments(4).read(gru, inputs)
    >>> final.sum().backward()
    >>> inputs.grad.abs().sum((0, 2)).bool().int().tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    """

    length: int
    detach: bool = True

    def __post_init__(self) -> None:
        check_whole_number("bptt", self.length, at_least=1)
        check_bool("bptt_detach", self.detach)

    def read(self, recurrent: nn.RNNBase, inputs: Sequences) -> tuple[Sequences, Any]:
        """States at every step and final states, as the module returns them for the whole sequences.

        Parameters
        ----------
        recurrent : nn.RNN, nn.LSTM or nn.GRU
            With ``batch_first=True`` and one direction.
        inputs : Tensor, shape (batch, time, input), or PackedSequence

        Returns
        -------
        states : Tensor, shape (batch, time, hidden), or PackedSequence
            Packed like the inputs.
        final : Tensor or tuple of Tensor, shape (layer, batch, hidden)
        """
        if isinstance(inputs, PackedSequence):
            return self._read_packed(recurrent, inputs)
        found, state = [], None
        for segment in inputs.split(self.length, dim=1):
            states, state = recurrent(segment, self._handed_on(state))
            found.append(states)
        return torch.cat(found, 1), state

    def _read_packed(self, recurrent: nn.RNNBase, inputs: PackedSequence) -> tuple[PackedSequence, Any]:
        """Every segment has the sequences that have not ended before it, in the order of the batch."""
        found, state, row = [], None, 0
        going = inputs.batch_sizes[:0]  # the sequences of a segment, by their place in the batch
        ended: list[tuple[Tensor, State]] = []
        for sizes in inputs.batch_sizes.split(self.length):
            rows = inputs.data[row : row + int(sizes.sum())]
            row += len(rows)
            packed, here = _with_order(rows, sizes, inputs.sorted_indices)
            if state is not None:
                ended.append(_rows(going, state, ~torch.isin(going, here)))
                state = self._handed_on(_rows(going, state, torch.isin(going, here))[1])
            going = here
            states, state = recurrent(packed, state)
            found.append(states.data)
        ended.append((going, state))
        places = torch.cat([place for place, _ in ended]).argsort()
        return inputs._replace(data=torch.cat(found)), _together([part for _, part in ended], places)

    def _handed_on(self, state: State) -> State:
        return _each(state, Tensor.detach) if self.detach else state


def _each(state: State, change: Any) -> State:
    """The state with every part of it changed."""
    if state is None or isinstance(state, Tensor):
        return None if state is None else change(state)
    return tuple(map(change, state))


def _with_order(rows: Tensor, sizes: Tensor, order: Tensor | None) -> tuple[PackedSequence, Tensor]:
    """Packed rows of a segment, and the places of its sequences in the whole batch, in increasing order."""
    count = int(sizes[0])
    if order is None:
        return PackedSequence(rows, sizes), torch.arange(count, device=rows.device)
    places = order[:count]  # from the longest sequence to the shortest
    here = places.sort().values
    inside = torch.searchsorted(here, places)
    return PackedSequence(rows, sizes, inside, inside.argsort()), here


def _rows(going: Tensor, state: State, chosen: Tensor) -> tuple[Tensor, State]:
    """The chosen sequences of a segment: their places in the batch, and their state."""
    if bool(chosen.all()):
        return going, state
    index = chosen.nonzero().squeeze(1)
    return going[index], _each(state, lambda part: part.index_select(1, index))


def _together(parts: list[Any], places: Tensor) -> Any:
    """One state of several along the batch, reordered."""
    if isinstance(parts[0], Tensor):
        return torch.cat(parts, 1).index_select(1, places)
    return tuple(torch.cat(part, 1).index_select(1, places) for part in zip(*parts, strict=True))
