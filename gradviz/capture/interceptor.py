"""Intercepts every recurrent call that a model makes, without changing the model.

A `torch.overrides.TorchFunctionMode` intercepts the fused functions, whichever module calls them.  It is
active only inside the forward pass of the watched model and of its recurrent modules, and only between
`start` and `stop`; at all other times PyTorch runs as it does without gradviz.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from gradviz.capture.chosen_modules import NOT_CHOSEN, ChosenModules
from gradviz.capture.positional_arguments import positional_arguments
from gradviz.capture.private_torch import original_model
from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.capture.unsupported import check_not_transformed
from gradviz.cells.cell_table import cell_functions
from gradviz.errors import CannotWatch

OnCall = Callable[[str, Callable[..., Any], tuple[Any, ...]], Any]
OnPermuted = Callable[[Tensor, Tensor], None]


class CallInterceptor:
    """Passes every recurrent call of ``model`` to ``on_call(module_name, function, args)``.

    The model receives what ``on_call`` returns in place of the function's own result.  A module that was
    given an unsorted ``PackedSequence`` puts the final states back into the order of the batch by
    ``index_select``; that call is passed to ``on_permuted(states, indices)``.  The calls of recurrent modules
    that are not chosen have the name `NOT_CHOSEN`.
    """

    def __init__(
        self, model: nn.Module, on_call: OnCall, on_permuted: OnPermuted, chosen: ChosenModules | None = None
    ):
        every = recurrent_modules(model)
        self._recurrent = every if chosen is None else chosen(every)
        self._others = {name: module for name, module in every.items() if name not in self._recurrent}
        self._model = original_model(model)
        self._on_call = on_call
        self._on_permuted = on_permuted
        self._handles: list[RemovableHandle] = []
        self._threads = threading.local()
        self._name_of_weight: dict[int, str] = {}

    @property
    def names(self) -> list[str]:
        return list(self._recurrent)

    @property
    def nothing_to_record(self) -> str:
        """The message for a model without a recurrent module, if nothing was observed by hand either."""
        kinds = ", ".join(sorted({type(module).__name__ for module in self._model.modules()}))
        return (
            "the model has no recurrent module (nn.RNN, nn.LSTM, nn.GRU or their cells); "
            f"its modules are {kinds}; for a recurrence written by hand call "
            "tape.observe(name, state, time=t) in its loop"
        )

    @property
    def running(self) -> bool:
        return bool(self._handles)

    def start(self) -> None:
        if self._handles:
            return
        self._name_of_weight = {
            id(weight): name for name, module in self._recurrent.items() for weight in module.parameters()
        }
        watched: dict[int, tuple[str, nn.Module]] = {
            id(module): (name, module) for name, module in (self._recurrent | self._others).items()
        }
        watched.setdefault(id(self._model), ("", self._model))
        for name, module in watched.values():
            self._handles.append(module.register_forward_pre_hook(_Hook(self._enter, name)))
            self._handles.append(module.register_forward_hook(_Hook(self._leave, name), always_call=True))

    def stop(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._name_of_weight.clear()
        self.leave()

    def leave(self) -> None:
        """Leave the forward pass, in case an interrupt ended it before its hooks could run."""
        inside: list[str] = getattr(self._threads, "inside", [])
        if inside:
            inside.clear()
            self._threads.mode.__exit__(None, None, None)

    def _enter(self, name: str) -> None:
        if name not in self._others:
            check_not_transformed(name or type(self._model).__name__.lower())
        inside: list[str] = self._threads.__dict__.setdefault("inside", [])
        if not inside:
            self._threads.mode = _Mode(self)
            self._threads.mode.__enter__()
        inside.append(name)

    def _leave(self, name: str) -> None:
        inside: list[str] = getattr(self._threads, "inside", [])
        if name not in inside:
            return
        del inside[len(inside) - 1 - inside[::-1].index(name) :]
        if not inside:
            self._threads.mode.__exit__(None, None, None)

    def _is_current(self, mode: TorchFunctionMode) -> bool:
        """False for a mode that an interrupt has left behind."""
        return bool(getattr(self._threads, "inside", ())) and self._threads.mode is mode

    def _see_permutation(self, states: Tensor, dim: int, index: Tensor) -> None:
        """Pass on a permutation of the batch, if it is a recurrent module that makes it."""
        if dim == 1 and self._threads.inside[-1] in self._recurrent:
            self._on_permuted(states, index)

    def _intercept(self, function: Callable[..., Any], given: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args = positional_arguments(function, given, kwargs)
        if args is None:
            return function(*given, **kwargs)
        name = self._threads.inside[-1]
        if name in self._others:
            name = NOT_CHOSEN
        elif name not in self._recurrent:
            weights = next((a for a in args[2:4] if isinstance(a, (list, tuple))), args[2:])
            named = [self._name_of_weight[id(w)] for w in weights if id(w) in self._name_of_weight]
            if not named:
                return function(*args)
            name = named[0]
        return self._on_call(name, function, args)


class _Mode(TorchFunctionMode):
    def __init__(self, interceptor: CallInterceptor):
        super().__init__()
        self._interceptor = interceptor
        self._functions = cell_functions()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if not self._interceptor._is_current(self):
            return func(*args, **kwargs)
        if func in self._functions:
            return self._interceptor._intercept(func, args, kwargs)
        if func is torch.Tensor.index_select:
            self._interceptor._see_permutation(*args, **kwargs)
        return func(*args, **kwargs)


class _Hook:
    """A module hook that does nothing in a copy of the model."""

    def __init__(self, act: Callable[[str], None], name: str):
        self._act = act
        self._name = name

    def __call__(self, module: nn.Module, *_: Any) -> None:
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


def _do_nothing(name: str) -> None:
    pass
