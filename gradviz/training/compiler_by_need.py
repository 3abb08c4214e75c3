"""Keeps torch's compiler out of a process that compiles nothing: its import takes as long as torch itself."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch

_COMPILER = "torch._dynamo"


class _StandIn(ModuleType):
    """Has what an optimiser calls at every step without compiling; anything else loads the compiler."""

    def graph_break(self, *_: Any, **__: Any) -> None:
        """Do nothing: there is no graph."""

    def disable(self, function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        """The function itself: it is not compiled."""
        return function

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # what tools ask of every module
            raise AttributeError(f"module {_COMPILER!r} has not been loaded and has no {name!r} yet")
        if sys.modules.get(_COMPILER) is self:
            del sys.modules[_COMPILER]
            vars(torch).pop(_COMPILER.rpartition(".")[2], None)
        return getattr(importlib.import_module(_COMPILER), name)


def load_compiler_by_need() -> None:
    """Load torch's compiler only if something in this process needs it, such as ``torch.compile``.

    An optimiser loads it when it is created, only to call two functions that do nothing outside of a compiled
    function. No number changes. Optimisers that are created before the compiler is loaded cannot be compiled,
    so this is for processes of our own, such as a command or the worker of a sweep.
    """
    if _COMPILER not in sys.modules:
        sys.modules[_COMPILER] = _StandIn(_COMPILER)
