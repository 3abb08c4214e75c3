"""Hooks around the forward pass of modules, invisible to copies of a module and to ``torch.compile``."""

from __future__ import annotations

import copyreg
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from gradviz.capture.private_torch import hook_tables, is_being_compiled, leave_frame_alone
from gradviz.errors import CannotWatch

_PROTOCOL = 4  # of pickle, and the one by which ``copy`` copies


class ModuleHooks:
    """Calls two functions before and after every forward pass of the modules it watches.

    They are ``enter(name, args, kwargs)`` and ``leave(name, args, result)``.  Compiled code does not call
    them: ``torch.compile`` reads a hook as one that does nothing.
    """

    def __init__(self, enter: Callable[..., None], leave: Callable[..., None]):
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

    def __init__(self, name: str, module: nn.Module, enter: Callable[..., None], leave: Callable[..., None]):
        self.name = name
        self._module = module
        self._handles: list[RemovableHandle] = [
            module.register_forward_pre_hook(_Hook(enter, name), with_kwargs=True),
            module.register_forward_hook(_Hook(leave, name), always_call=True),
        ]
        _reducers.add(type(module))

    def let_go(self) -> None:
        for handle in self._handles:
            handle.remove()
        _reducers.take_back(type(self._module))


class _Reducers:
    """How modules of the watched classes are copied and pickled: as their class says, without our hooks.

    ``copyreg`` holds this by class, so that a module itself has nothing that a copy could carry, however a
    class copies itself.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._watched: Counter[type] = Counter()
        self._replaced: dict[type, Callable[[Any], Any]] = {}

    def add(self, kind: type) -> None:
        with self._lock:
            self._watched[kind] += 1
            if self._watched[kind] == 1:
                if kind in copyreg.dispatch_table:
                    self._replaced[kind] = copyreg.dispatch_table[kind]
                copyreg.dispatch_table[kind] = self._reduce

    def take_back(self, kind: type) -> None:
        with self._lock:
            self._watched[kind] -= 1
            if self._watched[kind]:
                return
            del self._watched[kind]
            replaced = self._replaced.pop(kind, None)
            if copyreg.dispatch_table.get(kind) != self._reduce:
                return  # someone else has said since how such a module is pickled
            del copyreg.dispatch_table[kind]
            if replaced is not None:
                copyreg.dispatch_table[kind] = replaced

    def _reduce(self, module: nn.Module) -> Any:
        replaced = self._replaced.get(type(module))
        reduced = module.__reduce_ex__(_PROTOCOL) if replaced is None else replaced(module)
        if isinstance(reduced, str) or len(reduced) < 3 or not isinstance(reduced[2], dict):
            return reduced
        state = dict(reduced[2])
        for table in hook_tables(module):
            if table in state:
                kept = state[table].copy()
                for number in _numbers_of_ours(module):
                    kept.pop(number, None)
                state[table] = kept
        return (*reduced[:2], state, *reduced[3:])


_reducers = _Reducers()


def _numbers_of_ours(module: nn.Module) -> list[int]:
    hooks = {**module._forward_hooks, **module._forward_pre_hooks}
    return [number for number, hook in hooks.items() if isinstance(hook, _Hook)]


class _Hook:
    """A module hook that does nothing in compiled code, nor in a copy that a class makes in its own way."""

    def __init__(self, act: Callable[..., None], name: str):
        self._act = act
        self._name = name

    def __call__(self, module: nn.Module, *given: Any) -> None:
        if not is_being_compiled():
            self._act(self._name, *given)

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


def _do_nothing(name: str, *_: Any) -> None:
    pass
