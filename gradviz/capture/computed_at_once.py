"""Notices states that were computed all at once, as a parallel scan does, and not one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, way_back
from gradviz.capture.followed_view import View
from gradviz.capture.observed_tensor import ObservedTensor


class StatesAtOnce:
    """Compares each state of a sequence with the earlier ones.

    Two states were computed at once if both are parts of one tensor, or were computed from parts of one, with
    nothing else on the way.  A state that was computed from the one before by a loop has another tensor or a
    weight on its way; a loop that writes its states into one tensor changes that at every step, so each has a
    node of its own.
    """

    def __init__(self) -> None:
        self._views: dict[Place, set[View | None]] = {}
        self._ends: set[Node] = set()

    def add(self, state: ObservedTensor) -> bool:
        """Whether a state and an earlier one were computed at once."""
        if state.place is None:
            return False
        if state.place in self._views:
            others = self._views[state.place]
            is_another_part = all(_offset(state.view) != _offset(other) for other in others)
            others.add(state.view)
            return is_another_part
        start, is_from_earlier = state.place, False
        place = start
        while not is_from_earlier and len(place.node.next_functions) == 1:
            node, number = place.node.next_functions[0]
            if node is None:
                break
            place = Place(node, number)
            is_from_earlier = place in self._views
        is_at_once = not is_from_earlier and place.node in self._ends
        self._ends.add(place.node)
        for known in (start, state.own):
            if known is not None:
                self._views.setdefault(known, set()).add(state.view)
        return is_at_once


def _offset(view: View | None) -> int:
    return 0 if view is None else view.offset


def used_by_later(states: Sequence[ObservedTensor]) -> list[bool]:
    """For each state, whether a later one was computed from it, or from the tensor that holds it."""
    places = [state.place for state in states]
    found = {}
    for number, place in enumerate(places):
        if place is not None and place not in found:
            later = {other for other in places[number:] if other is not None and other.node is not place.node}
            found[place] = place in way_back(later, {place}.__contains__, set()).sources
    return [place is not None and found[place] for place in places]
