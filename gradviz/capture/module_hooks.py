"""Hooks around the forward pass of modules, invisible to copies of a module and to ``torch.compile``."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from gradviz.capture.private_torch import hook_tables, is_being_compiled, leave_frame_alone
from gradviz.errors import CannotWatch

_REDUCE = "__reduce_ex__"  # looked up on the instance by ``copy`` and by ``pickle``


class ModuleHooks:
    """Calls ``enter(name)`` before and ``leave(name)`` after every forward pass of the modules it watches.

    Compiled code does not call them: ``torch.compile`` reads a hook as one that does nothing.
    """

    def __init__(self, enter: Callable[[str], None], leave: Callable[[str], None]):
        self._enter = enter
        self._leave = leave
        self._watched: dict[int, _Watched] = {}

    def watch(self, modules: Mapping[str, nn.Module]) -> None:
        """Watch these modules, and none of the others that have been watched until now."""
        wanted = {id(module): (name, module) for name, module in modules.items()}
        for key, watched in list(self._watched.items()):
            if key not in wanted or wanted[key][0] != watched.name:
                del self._watched[key]
                watched.let_go()
        for key, (name, module) in wanted.items():
            if key not in self._watched:
                self._watched[key] = _Watched(name, module, self._enter, self._leave)

    def remove(self) -> None:
        self.watch({})


class _Watched:
    """One module with its two hooks; it is kept alive, so that its ``id`` stays its own."""

    def __init__(
        self, name: str, module: nn.Module, enter: Callable[[str], None], leave: Callable[[str], None]
    ):
        self.name = name
        self._module = module
        self._handles: list[RemovableHandle] = [
            module.register_forward_pre_hook(_Hook(enter, name)),
            module.register_forward_hook(_Hook(leave, name), always_call=True),
        ]
        self._hides_hooks = _REDUCE not in module.__dict__
        if self._hides_hooks:
            numbers = frozenset(handle.id for handle in self._handles)
            module.__dict__[_REDUCE] = _WithoutHooks(weakref.ref(module), numbers)

    def let_go(self) -> None:
        for handle in self._handles:
            handle.remove()
        if self._hides_hooks:
            self._module.__dict__.pop(_REDUCE, None)


class _WithoutHooks:
    """How a watched module is copied or pickled: as its class says, but without the hooks of gradviz."""

    def __init__(self, module: weakref.ref[nn.Module], numbers: frozenset[int]):
        self._module = module
        self._numbers = numbers

    def __call__(self, protocol: int) -> Any:
        module = self._module()
        if module is None:  # a replica has taken over the attributes of a module that is gone
            raise TypeError("a copy of the attributes of a module that is gone cannot be copied")
        reduced = type(module).__reduce_ex__(module, protocol)
        if isinstance(reduced, str) or len(reduced) < 3 or not isinstance(reduced[2], dict):
            return reduced
        state = {name: value for name, value in reduced[2].items() if name != _REDUCE}
        for table in hook_tables(module):
            if table in state:
                kept = state[table].copy()
                for number in self._numbers:
                    kept.pop(number, None)
                state[table] = kept
        return (*reduced[:2], state, *reduced[3:])


class _Hook:
    """A module hook that does nothing in compiled code, nor in a copy that a class makes in its own way."""

    def __init__(self, act: Callable[[str], None], name: str):
        self._act = act
        self._name = name

    def __call__(self, module: nn.Module, *_: Any) -> None:
        if not is_being_compiled():
            self._act(self._name)

    @property
    def __name__(self) -> str:
        """Only ``torch.jit.script`` asks for the name, because it compiles hooks."""
        if self._act is _do_nothing:
            return "do_nothing"
        raise CannotWatch(
            "a model cannot be scripted while it is recorded; script it outside of gradviz.record"
        )

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _Hook, (_do_nothing, self._name)


leave_frame_alone(_Hook.__call__)


def _do_nothing(name: str) -> None:
    pass
