"""A tensor given to ``tape.observe``: its values, and the total gradient that arrives at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle, unserializable_hook

from gradviz.capture.arrived_gradient import plus
from gradviz.capture.autograd_graph import Place, kind_of, place_of
from gradviz.capture.followed_view import BaseGradient, View, view_of
from gradviz.capture.private_torch import uncompiled
from gradviz.capture.unsupported import check_plain_backward

OnGradient = Callable[[BaseGradient], None]

# What only copies values or looks at them in another way; its result need not be what the loop goes on with.
_COPYING = frozenset(
    (
        *("Clone", "ToCopy", "Alias", "Index", "IndexSelect", "MaskedSelect", "Gather"),
        *("Take", "Flip", "Roll", "Select", "Slice", "Split", "SplitWithSizes", "Unbind"),
        *("AsStrided", "View", "UnsafeView", "ViewAsReal", "ReshapeAlias", "Transpose", "T"),
        *("Permute", "Squeeze", "Unsqueeze", "Expand", "Repeat"),
    )
)


class GradientReaders:
    """Reads the gradients at places of the graph, by one hook for each, however many read there."""

    def __init__(self) -> None:
        self._at: dict[Place | Tensor, list[OnGradient]] = {}
        self._handles: list[RemovableHandle] = []

    def read(self, place: Place, act: OnGradient) -> None:
        """Call ``act`` with each gradient that arrives at a place."""
        if place in self._at:
            self._at[place].append(act)
            return
        readers, number = self._at.setdefault(place, [act]), place.number

        @uncompiled
        def arrived(gradients: Sequence[Tensor | None]) -> None:
            _arrived(readers, gradients[number])

        self._handles.append(place.node.register_prehook(arrived))

    def read_leaf(self, leaf: Tensor, act: OnGradient) -> None:
        """The same for a tensor that no node computed."""
        if leaf in self._at:
            self._at[leaf].append(act)
            return
        readers = self._at.setdefault(leaf, [act])

        @uncompiled
        def arrived(gradient: Tensor) -> None:
            # a copy, because autograd may make this gradient ``leaf.grad``, which is then changed in place
            _arrived(readers, gradient.clone())

        self._handles.append(leaf.register_hook(unserializable_hook(arrived)))

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._at.clear()


def _arrived(readers: list[OnGradient], gradient: Tensor | None) -> None:
    if gradient is None:
        return
    check_plain_backward([gradient])
    arrived = BaseGradient(gradient.detach())
    for act in readers:
        act(arrived)


class ObservedTensor:
    """A state, a gate or a cell state at one time step.

    A view is followed to its base: the gradient is the total one at the base, seen through the view.

    Attributes
    ----------
    values : Tensor, shape (batch, unit)
        A copy, because the loop may change its tensor in place.
    own, place : Place or None
        Where the graph has the tensor itself, and where its gradient arrives; None if no node computed it.
    view : View or None
        How the tensor sees what the graph has at ``place``.
    base_shape : tuple of int
        The shape of what the graph has at ``place``.
    total : Tensor or None
        The gradient that has arrived, of the shape of ``values``.
    """

    def __init__(self, tensor: Tensor, readers: GradientReaders):
        self.values = torch.atleast_2d(tensor.detach()).clone()
        self.own = place_of(tensor)
        found = view_of(tensor)
        self.view: View | None
        source, self.view = (tensor, None) if found is None else found
        self.place = place_of(source)
        self.base_shape = tuple(source.shape)
        self.needs_gradient = source.requires_grad
        self.total: Tensor | None = None
        self._source_is_reached = False
        if self.place is not None:
            readers.read(self.place, self._add)
            copied_from = _copied_from(self.place)
            if copied_from is not None:
                readers.read(copied_from, self._reach_source)
        elif source.requires_grad:
            readers.read_leaf(source, self._add)

    @property
    def is_lost_copy(self) -> bool:
        """Whether no gradient has arrived here, but some has where this tensor was copied from."""
        return self.total is None and self._source_is_reached

    def _add(self, arrived: BaseGradient) -> None:
        self.total = plus(self.total, torch.atleast_2d(arrived.seen_through(self.view)))

    def _reach_source(self, arrived: BaseGradient) -> None:
        self._source_is_reached = True


def _copied_from(place: Place) -> Place | None:
    """Where the values come from, if nothing but copying and looking lies between; None if not even that."""
    start = place
    while kind_of(place.node) in _COPYING:
        node, number = place.node.next_functions[0]
        if node is None:
            return None
        place = Place(node, number)
    return None if place == start else place
