"""One call of a recurrent module, detached, as a piece of a sequence that several calls may make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gradviz.capture.autograd_graph import Place
from gradviz.capture.hand_over import Operator, identity
from gradviz.capture.private_torch import version
from gradviz.capture.sequence_layout import SequenceLayout
from gradviz.cells.layout import Weights


@dataclass
class PieceLayer:
    """One layer of a call, forward in time; all tensors detached, with the rows of the call.

    ``x``: (time, batch, input), or (data, input) if it is packed.  ``before``: the states it was given, h or
    h and c, (batch, state).  ``out``: (time, batch, state) or (data, state).  ``h_at``, ``c_at``: places of
    its last states; ``out_at``: of all its hidden states, None for a cell.  ``run_again`` computes ``out``.
    ``x_factor``, ``x_is_known``: of ``x`` to the output of the layer below; see `LayerCall`.
    """

    x: Tensor
    before: tuple[Tensor, ...]
    out: Tensor
    weights: Weights
    run_again: Callable[[], Tensor]
    h_at: Place | None
    c_at: Place | None = None
    out_at: Place | None = None
    x_factor: Tensor | None = None
    x_is_known: bool = True
    out_version: int = field(init=False)

    def __post_init__(self) -> None:
        self.out_version = version(self.out)

    def native(self) -> Tensor:
        """The hidden states as the call computed them, even if the model has changed them in place since."""
        return self.out if version(self.out) == self.out_version else self.run_again()

    @property
    def last_at(self) -> tuple[Place | None, ...]:
        """Places of the last states, h first."""
        return (self.h_at, self.c_at)[: len(self.before)]


class Way(NamedTuple):
    """A way by which an incoming state depends on an earlier state of the same layer.

    ``part``: of the incoming state, 0 for h and 1 for c.  ``source``: the earlier state, which belongs to
    ``piece``.  ``operator``: its rows are those of the source.
    """

    part: int
    source: Place
    piece: Piece
    operator: Operator


@dataclass(eq=False)
class Piece:
    """A call: its layers, the state it was given, and how that came from the piece before.

    ``number``: of the call within the recording.  ``layout``: how the rows of the call lie in ``x`` and
    ``out``.  ``given``, ``given_at``: the incoming states (h, or h and c) and their places.  ``returned``:
    the last states.  ``sequence``: (batch,), for each row the number of its sequence.  ``ways``: of each
    layer.  ``before``: the piece that it continues, if any; ``is_cut``: it does so without a way for the
    gradient.
    """

    module: str
    number: int
    layers: list[PieceLayer]
    steps: int
    batch: int
    layout: SequenceLayout
    given: tuple[Tensor, ...]
    given_at: tuple[Place | None, ...]
    returned: tuple[Tensor, ...]
    sequence: Tensor
    ways: list[list[Way]] = field(default_factory=list)
    before: Piece | None = None
    is_cut: bool = False
    is_bidirectional: bool = False
    _untouched: dict[int, Operator] = field(default_factory=dict)
    origins: list[Any] = field(default_factory=list)  # of Origin
    versions: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.versions = [version(state) for state in self.returned]

    @property
    def is_changed(self) -> bool:
        """Whether the model has changed a returned state in place since the call."""
        return [version(state) for state in self.returned] != self.versions

    @property
    def directions(self) -> int:
        return 2 if self.is_bidirectional else 1

    @property
    def is_continued(self) -> bool:
        return self.before is not None

    @property
    def lengths(self) -> Tensor:
        """Time steps of each row: (batch,)."""
        valid = self.layout.valid
        if valid is None:
            return torch.full((self.batch,), self.steps, device=self.sequence.device)
        return valid.sum(0)

    def handed_on_as_it_is(self, part: int) -> Operator:
        """The operator of a last state, 0 for h and 1 for c, that the next call of one layer is given."""
        if part not in self._untouched:
            state = self.layers[0].before[part]
            earlier = None if self.before is None else self.before._untouched.get(part)
            if earlier is not None and earlier.is_identity_of(state):
                self._untouched[part] = earlier
            else:
                self._untouched[part] = identity(state.shape, state)
        return self._untouched[part]

    def rows_of(self, sequences: Tensor) -> Tensor:
        """The row of each of the sequences, -1 where the piece does not have it."""
        matches = self.sequence.unsqueeze(0) == sequences.unsqueeze(1)
        return torch.where(matches.any(1), matches.long().argmax(1), -1)

    def places(self) -> Iterator[Place]:
        """The places of its last states, and of all hidden states."""
        for layer in self.layers:
            for place in (layer.out_at, layer.h_at, layer.c_at):
                if place is not None:
                    yield place
