"""Whether the first states in the step after the first recorded one lead back to that.

PyTorch refuses the backward pass of such a step, so that the next one to be recorded may never come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from gradviz.capture.module_hooks import ModuleHooks
from gradviz.capture.older_state import comes_from_before


class FirstStates:
    """Looks at the states that each recurrent module is first called with, in one training step.

    Parameters
    ----------
    modules : callable ``() -> mapping of str to nn.Module``
        The recurrent modules that the model has now, by name.

    Attributes
    ----------
    continues_step : float
        1 if one of them leads back to an earlier training step, else 0; NaN if none has a graph.
    """

    def __init__(self, modules: Callable[[], Mapping[str, nn.Module]]):
        self._modules = modules
        self._hooks = ModuleHooks(self._look, _do_nothing)
        self._watched: dict[str, nn.Module] = {}
        self._called: set[int] = set()  # weights, since modules may share them
        self._has_begun = self._is_next = False  # to record; the step that comes next is the one to watch
        self.continues_step = math.nan

    def begin_step(self, is_recorded: bool) -> None:
        """Begin a training step; it is watched if it follows the first recorded one, and is not recorded."""
        self.stop()
        self.continues_step = math.nan
        if self._is_next and not is_recorded:
            self._watched = dict(self._modules())
            self._hooks.watch(self._watched)
        self._is_next = is_recorded and not self._has_begun
        self._has_begun |= is_recorded

    def stop(self) -> None:
        """Remove every hook; what was seen stays until the next step begins."""
        self._hooks.remove()
        self._watched.clear()
        self._called.clear()

    def _look(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        weights = list(self._watched[name].parameters()) if name in self._watched else []
        if not torch.is_grad_enabled() or not self._called.isdisjoint(map(id, weights)):
            return
        self._called.update(map(id, weights))
        given = args[1] if len(args) > 1 else kwargs.get("hx")
        found = comes_from_before(_tensors(given), weights, _is_unknown)
        if not math.isnan(found):
            self.continues_step = max(found, 0.0 if math.isnan(self.continues_step) else self.continues_step)


def _tensors(given: Any) -> Iterator[Tensor]:
    states = given if isinstance(given, tuple) else (given,)
    yield from (state for state in states if isinstance(state, Tensor))


def _is_unknown(place: object) -> bool:
    """No state of this step is known before the first call."""
    return False


def _do_nothing(name: str, *_: Any) -> None:
    pass
