"""Intercepts every recurrent call that a model makes, without changing the model.

A `torch.overrides.TorchFunctionMode` intercepts the fused functions, whichever module calls them.  It is
active only inside the forward pass of the watched model and of its recurrent modules, and only between
`start` and `stop`; at all other times PyTorch runs as it does without gradviz.

What ``torch.compile`` has made of a model stays as it is: compiled code calls no hook, and the mode does
nothing where code is compiled.  A recurrent module that is called from outside of the compiled graphs, as
``nn.RNN``, ``nn.LSTM`` and ``nn.GRU`` are, is intercepted like any other.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from gradviz.capture.chosen_modules import NOT_CHOSEN, ChosenModules
from gradviz.capture.in_place_of import call_in_place_of, run_natively
from gradviz.capture.module_hooks import ModuleHooks
from gradviz.capture.positional_arguments import positional_arguments
from gradviz.capture.private_torch import (
    go_on_compiling,
    has_compiled_parts,
    is_being_compiled,
    leave_frame_alone,
    stop_compiling,
)
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.capture.unregistered import how_to_register
from gradviz.capture.unsupported import check_not_transformed
from gradviz.capture.wrapped_modules import original_model
from gradviz.cells.cell_table import cell_functions

OnCall = Callable[[str, Callable[..., Any], tuple[Any, ...]], Any]
OnPermuted = Callable[[Tensor, Tensor], None]

_WHOLE = ""  # the name of a model that is not itself recurrent


class _Entered(NamedTuple):
    """A forward pass that is running; ``callback``: what `stop_compiling` gave when it began."""

    name: str
    callback: Any


class CallInterceptor:
    """Passes every recurrent call of ``model`` to ``on_call(module_name, function, args)``.

    The model receives what ``on_call`` returns in place of the function's own result.  A module that was
    given an unsorted ``PackedSequence`` puts the final states back into the order of the batch by
    ``index_select``; that call is passed to ``on_permuted(states, indices)``.  The calls of recurrent modules
    that are not chosen have the name `NOT_CHOSEN`.
    """

    def __init__(self, model: nn.Module, on_call: OnCall, on_permuted: OnPermuted, chosen: ChosenModules):
        self._chosen = chosen
        self._model = original_model(model)
        self._recurrent, self._others = self._found()
        self._names = list(self._recurrent)
        self._on_call = on_call
        self._on_permuted = on_permuted
        self._hooks = ModuleHooks(self._enter, self._leave)
        self._running = False
        self.is_paused = False
        self._threads = threading.local()
        self._name_of_weight: dict[int, str] = {}

    @property
    def names(self) -> list[str]:
        """Names of the recurrent modules, also of those that the model had at an earlier step."""
        return self._names

    @property
    def modules(self) -> dict[str, nn.Module]:
        """The recurrent modules that are to be recorded and that the model has now, by name."""
        return self._found()[0]

    @property
    def nothing_to_record(self) -> str:
        """The message for a model without a recurrent module, if nothing was observed by hand either."""
        kinds = ", ".join(sorted({type(module).__name__ for module in self._model.modules()}))
        if hint := how_to_register(self._model):
            return f"the model has no recurrent module, but {hint}"
        return (
            "the model has no recurrent module (nn.RNN, nn.LSTM, nn.GRU or their cells); "
            f"its modules are {kinds}; for a recurrence written by hand call "
            "tape.observe(name, state, time=t) in its loop"
        )

    @property
    def running(self) -> bool:
        return self._running and not self.is_paused

    def start(self) -> None:
        """Watch the recurrent modules that the model has now, and those that it has in its forward passes."""
        self._watch(*self._found())
        self._running = True

    def _watch(self, recurrent: dict[str, nn.Module], others: dict[str, nn.Module]) -> None:
        self._recurrent, self._others = recurrent, others
        self._names += [name for name in recurrent if name not in self._names]
        self._name_of_weight = {
            id(weight): name for name, module in recurrent.items() for weight in module.parameters()
        }
        watched = recurrent | others
        if all(module is not self._model for module in watched.values()):
            watched[_WHOLE] = self._model
        self._hooks.watch(watched)

    def _watch_replaced(self) -> None:
        """Watch modules that were put into the model since the step began."""
        recurrent, others = self._found()
        if list(recurrent.items()) != list(self._recurrent.items()) or others != self._others:
            self._watch(recurrent, others)

    def _found(self) -> tuple[dict[str, nn.Module], dict[str, nn.Module]]:
        """The recurrent modules that the model has now: those that are chosen, and the others."""
        every: dict[str, nn.Module] = dict(recurrent_modules(self._model, self._chosen.includes))
        chosen = self._chosen(every)
        return chosen, {name: module for name, module in every.items() if name not in chosen}

    def stop(self) -> None:
        """Remove every hook; nothing is intercepted until the next `start`."""
        self._running = False
        self._hooks.remove()
        self._name_of_weight.clear()
        self.leave()

    def leave(self) -> None:
        """Leave the forward pass, in case an interrupt ended it before its hooks could run."""
        inside: list[_Entered] = getattr(self._threads, "inside", [])
        if inside:
            inside.clear()
            self._threads.mode.__exit__(None, None, None)

    def _enter(self, name: str, *_: Any) -> None:
        callback = stop_compiling()
        try:
            if not self.running:
                return
            if name == _WHOLE:
                self._watch_replaced()
                if callback or has_compiled_parts(self._model):
                    return
            if name not in self._others:
                check_not_transformed(name or type(self._model).__name__.lower())
            inside: list[_Entered] = self._threads.__dict__.setdefault("inside", [])
            if not inside:
                self._threads.mode = _Mode(self)
                self._threads.mode.__enter__()
            inside.append(_Entered(name, callback))
            callback = None  # `_leave` goes on compiling
        finally:
            if callback is not None:
                go_on_compiling(callback)

    def _leave(self, name: str, *_: Any) -> None:
        inside: list[_Entered] = getattr(self._threads, "inside", [])
        places = [place for place, entered in enumerate(inside) if entered.name == name]
        if not places:
            return
        callback = inside[places[-1]].callback
        del inside[places[-1] :]
        if not inside:
            self._threads.mode.__exit__(None, None, None)
        if callback is not None:
            go_on_compiling(callback)

    def _is_current(self, mode: TorchFunctionMode) -> bool:
        """False for a mode that an interrupt has left behind."""
        return bool(getattr(self._threads, "inside", ())) and self._threads.mode is mode

    def _see_permutation(self, states: Tensor, dim: int, index: Tensor) -> None:
        """Pass on a permutation of the batch, if it is a recurrent module that makes it."""
        if dim == 1 and self._threads.inside[-1].name in self._recurrent:
            self._on_permuted(states, index)

    def _intercept(self, function: Callable[..., Any], given: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args = positional_arguments(function, given, kwargs)
        if args is None:
            return run_natively(function, *given, **kwargs)
        name = self._threads.inside[-1].name
        if name in self._others:
            name = NOT_CHOSEN
        elif name not in self._recurrent:
            weights = next((a for a in args[2:4] if isinstance(a, (list, tuple))), args[2:])
            named = [self._name_of_weight[id(w)] for w in weights if id(w) in self._name_of_weight]
            if not named:
                return run_natively(function, *args)
            name = named[0]
        return self._on_call(name, function, args)


# What a recurrent layer asks of its tensors again and again; for these no warning has to name a line.
_NEVER_WARN = frozenset(
    (
        *(torch.Tensor.dim, torch.Tensor.size, torch.Tensor.is_floating_point),
        *(
            getattr(torch.Tensor, name).__get__
            for name in ("device", "dtype", "shape", "is_nested", "is_cuda")
        ),
    )
)


class _Mode(TorchFunctionMode):
    def __init__(self, interceptor: CallInterceptor):
        super().__init__()
        self._interceptor = interceptor
        self._functions = cell_functions()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if is_being_compiled() or not self._interceptor._is_current(self):
            return func(*args, **kwargs)
        if func in self._functions:
            return self._interceptor._intercept(func, args, kwargs)
        if func is torch.Tensor.index_select:
            self._interceptor._see_permutation(*args, **kwargs)
        if func in _NEVER_WARN:
            return func(*args, **kwargs)
        return call_in_place_of(sys._getframe(1), func, args, kwargs)


for _frame in (CallInterceptor._enter, CallInterceptor._leave, _Mode.__torch_function__):
    leave_frame_alone(_frame)
