"""Whether the last states of a call are reshaped so that their sequences are mixed, on their way to the loss.

``h_n.view(batch, -1)`` of states (layers * directions, batch, hidden) is no transpose: it cuts the numbers in
the order of memory, so that a row holds states of several sequences.  The graph tells, when a backward pass
begins: 1 says that there is such a view, 0 that the loss was reached without one, NaN that neither is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, edges_of, kind_of
from gradviz.capture.backward_starts import listen, stop_listening
from gradviz.capture.output_hook import in_backward
from gradviz.capture.private_torch import saved_sizes, shapes_of_outputs

_MOST_NODES = 4096
_MOST_BETWEEN = 16
_VIEWS = frozenset(("View", "ReshapeAlias", "UnsafeView"))
# What leaves the batch and the units of (layers * directions, batch, hidden) where they are.
_KEEP_PLACES = frozenset(
    (
        *("Slice", "Clone", "Alias", "ToCopy", "Relu", "Tanh", "Sigmoid", "Mul", "NativeDropout"),
        *("FusedDropout", "NativeLayerNorm", "IndexSelect"),  # which restores the order of a packed batch
    )
)


class ReturnsStates(Protocol):
    """A recorded call of a layer.

    ``states_at``: where the graph has h_n, and c_n of an LSTM.  ``outputs``: nodes of what its layers
    returned.  ``given_at``: where the graph has what it was given.
    """

    states_at: tuple[Place, ...]
    given_at: tuple[Place, ...]
    state_scrambled: float

    @property
    def outputs(self) -> Iterable[Node]: ...


class MixedStates:
    """Looks, when a backward pass begins, for views that mix the last states of recorded calls.

    Parameters
    ----------
    calls : callable ``() -> collection of ReturnsStates``
        Those of the training step so far; what is seen is noted in them.
    """

    def __init__(self, calls: Callable[[], Collection[ReturnsStates]]):
        self._calls = calls

    def start(self) -> None:
        listen(self._pass)

    def stop(self) -> None:
        stop_listening(self._pass)

    @contextmanager
    def _pass(self, roots: list[Node]) -> Iterator[None]:
        calls = [call for call in self._calls() if call.states_at]
        if calls and not in_backward():
            given = {node: call.given_at for call in calls for node in call.outputs}
            found = mixed_states(roots, {place for call in calls for place in call.states_at}, given)
            for call in calls:
                seen = [found[place] for place in call.states_at if place in found]
                known = [*seen, *([] if math.isnan(call.state_scrambled) else [call.state_scrambled])]
                call.state_scrambled = max(known, default=math.nan)
        yield


def mixed_states(
    roots: Sequence[Node], states: Collection[Place], given: Mapping[Node, Sequence[Place]]
) -> dict[Place, float]:
    """What the graph of a loss tells of each last state that it leads to.

    What calls have computed within is passed over: a loop over time has some ten nodes for each step.

    Parameters
    ----------
    roots : sequence of Node
        Where a backward pass begins.
    states : collection of Place
        Of tensors (layers * directions, batch, hidden).
    given : mapping of Node to sequence of Place
        For each node of what a call has returned, what the call was given.

    Returns
    -------
    dict of Place to float
        1 or 0, see the module; empty if the graph is too large to look through.
    """
    waiting = list(dict.fromkeys(roots))
    seen = set(waiting)
    reached: dict[Place, float] = {}
    for number, node in enumerate(waiting):
        if number >= _MOST_NODES:
            return {}
        if kind_of(node) in _VIEWS and (source := _state_of(node, states)) is not None:
            before, after = saved_sizes(node), shapes_of_outputs(node)[0]
            is_mixed = before is not None and mixes_batch(before, after) == 1
            reached[source] = max(reached.get(source, 0.0), float(is_mixed))
        sources = given[node] if node in given else [edge.source for edge in edges_of(node)]
        for source in sources:
            if source in states:
                reached.setdefault(source, 0.0)
            if source.node not in seen:
                seen.add(source.node)
                waiting.append(source.node)
    return reached


def _state_of(view: Node, states: Collection[Place]) -> Place | None:
    """The last state that a view reads, if nothing in between moves its batch or its units."""
    node = view
    for _ in range(_MOST_BETWEEN):
        sources = [edge.source for edge in edges_of(node)]
        found = next((place for place in sources if place in states), None)
        if found is not None:
            return found
        before = saved_sizes(view)
        same = [at for at in sources if _ends_alike(shapes_of_outputs(at.node)[at.number], before)]
        if len(same) != 1 or kind_of(same[0].node) not in _KEEP_PLACES:
            return None
        node = same[0].node
    return None


def _ends_alike(shape: Sequence[int], before: Sequence[int] | None) -> bool:
    return before is not None and len(shape) == len(before) == 3 and tuple(shape[1:]) == tuple(before[1:])


def mixes_batch(before: Sequence[int], after: Sequence[int]) -> float:
    """Whether reading (layers * directions, batch, hidden) in another shape mixes the sequences of the batch.

    Parameters
    ----------
    before : sequence of int
        The three sizes.
    after : sequence of int
        Those in which the same numbers are read, in the same order.

    Returns
    -------
    float
        0 if an axis of ``after`` runs over the batch, so that each of its places is one sequence.  1 if an
        axis has the size of the batch, but each of its places holds several states in a row.  NaN if no
        axis has that size, or if it may be the axis of the layers.

    Examples
    --------
    >>> from gradviz.capture.mixed_states import mixes_batch
    >>> mixes_batch((2, 32, 24), (32, 48)), mixes_batch((4, 32, 24), (2, 2, 32, 24))
    (1.0, 0.0)
    >>> mixes_batch((2, 32, 24), (64, 24)), mixes_batch((4, 2, 24), (2, 96))
    (nan, nan)
    """
    if len(before) != 3:
        return math.nan
    states, batch, hidden = before
    if batch < 2 or hidden < 1:
        return math.nan
    strides = [math.prod(after[axis + 1 :]) for axis, size in enumerate(after) if size == batch]
    if hidden in strides:
        return 0.0
    several = [stride for stride in strides if stride > hidden and stride % hidden == 0]
    return 1.0 if several and states % batch else math.nan
