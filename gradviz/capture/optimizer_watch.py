"""What one optimizer does in a training step, by its own step hooks: norms, updates, stale gradients."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from gradviz.capture.left_out import LeftOutParameters
from gradviz.capture.private_torch import uncompiled, version
from gradviz.capture.tensor_norm import is_not_zero, joint_norm
from gradviz.capture.wrapped_modules import original_model
from gradviz.vocabulary import (
    GRAD_NORM,
    GRAD_NORM_CLIPPED,
    PARAMETERS_NOT_IN_OPTIMIZER,
    PARAMETERS_NOT_ZEROED,
    UPDATE_RATIO,
)


class _Held(NamedTuple):
    """The gradient that a parameter held at some time, which is not kept alive; None if it held none."""

    gradient: weakref.ref[Tensor] | None
    version: int

    def is_same(self, gradient: Tensor | None) -> bool:
        """Whether it is the same one, which may have been changed in place (clipped)."""
        held = None if self.gradient is None else self.gradient()
        return held is gradient

    def is_still(self, gradient: Tensor | None) -> bool:
        """Whether it is the same one, and unchanged."""
        return self.is_same(gradient) and (gradient is None or self.version == version(gradient))


class OptimizerWatch:
    """Measures one optimizer's steps.  Only its parameters that belong to the model count.

    Parameters
    ----------
    model : nn.Module
    optimizer : Optimizer
        As `check_optimizer` accepts it.

    Notes
    -----
    A parameter counts as not zeroed if it held the gradient that an optimizer step had used when a backward
    pass of this training step added to it.  Gradients that accumulate before one optimizer step do not count,
    nor does a parameter that no backward pass reaches, or one that is zeroed after all before the optimizer
    uses it (a generator that the backward pass of its discriminator reaches).
    """

    def __init__(self, model: nn.Module, optimizer: Optimizer):
        self._model, self._optimizer = original_model(model), optimizer
        self._left_out = LeftOutParameters(self._model, optimizer)
        self._handles: list[RemovableHandle] = []
        self._used: dict[Tensor, _Held] = {}  # by the newest optimizer step; without what has changed since
        self._is_recorded = False
        self._forget_step()

    def start(self) -> None:
        """Put the hooks on the optimizer."""
        self._handles = [
            self._optimizer.register_step_pre_hook(uncompiled(self._before)),
            self._optimizer.register_step_post_hook(uncompiled(self._after)),
        ]

    def stop(self) -> None:
        """Take the hooks back; what was measured stays."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._used.clear()
        self._left_out.forget()
        self._copies.clear()
        self._pending.clear()

    def begin_step(self, is_recorded: bool) -> None:
        """Begin a training step."""
        self._is_recorded = is_recorded
        self._forget_step()

    def _forget_step(self) -> None:
        self._left_out.begin_step()
        self._names: dict[Tensor, str] = self._parameters() if self._is_recorded else {}
        self._copies: list[tuple[Tensor, Tensor]] = []  # parameters and their values before the step
        # norm after the newest backward pass, until the optimizer has used it
        self._left: float | None = None
        self._has_accumulated = False
        self._measured: dict[str, float] = {}
        self._pending: dict[Tensor, _Held] = {}  # not zeroed, and not used yet
        self._not_zeroed: set[Tensor] = set()  # used too

    @property
    def not_zeroed(self) -> list[str]:
        """Names of the parameters whose gradient was not zeroed."""
        found = self._not_zeroed.union(self._pending)
        return [name for parameter, name in self._names.items() if parameter in found]

    @property
    def left_out(self) -> list[str]:
        """Names of the parameters that get a gradient and that no optimizer has changed.

        Empty in a step without an update.
        """
        return self._left_out.names() if UPDATE_RATIO in self._measured else []

    @contextmanager
    def backward_pass(self) -> Iterator[None]:
        """Run a backward pass within it."""
        if not self._is_recorded:
            yield
            return
        self._names = self._parameters()  # the optimizer may have been given more since the step began
        self._drop_zeroed()
        before = {parameter: _held(parameter.grad) for parameter in self._names}
        stale = {parameter for parameter in self._names if self._is_stale(parameter)}
        yield
        self._left_out.after_backward()
        changed = [parameter for parameter, held in before.items() if not held.is_still(parameter.grad)]
        if not changed:
            return  # a pass that adds to no gradient, such as one by torch.autograd.grad
        self._left = joint_norm(self._gradients())
        self._has_accumulated = True
        for parameter in changed:
            self._used.pop(parameter, None)
            if parameter in stale or parameter in self._pending:
                self._pending[parameter] = _held(parameter.grad)

    def _is_stale(self, parameter: Tensor) -> bool:
        used = self._used.get(parameter)
        return used is not None and used.is_still(parameter.grad) and is_not_zero(parameter.grad)

    def _drop_zeroed(self) -> None:
        for parameter, held in list(self._pending.items()):
            if not (held.is_same(parameter.grad) and is_not_zero(parameter.grad)):
                del self._pending[parameter]

    def metrics(self, scale: float) -> dict[str, float]:
        """What this training step has brought; of several optimizer steps, norms and ratio of the newest.

        Parameters
        ----------
        scale : float
            What the loss of the backward passes was multiplied by.
        """
        if not self._is_recorded:
            return {}
        found = dict(self._measured)
        if GRAD_NORM_CLIPPED not in found and self._left is not None:
            found[GRAD_NORM] = self._left
        if GRAD_NORM in found:
            found[GRAD_NORM] /= scale
        if self._has_accumulated:
            found[PARAMETERS_NOT_ZEROED] = len(self.not_zeroed)
        if UPDATE_RATIO in found:
            found[PARAMETERS_NOT_IN_OPTIMIZER] = len(self.left_out)
        return found

    def _before(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not self._is_recorded:
            return
        self._names = self._parameters()
        if not _closure(args, kwargs):
            self._drop_zeroed()
        self._copies = [(each, each.detach().clone()) for each in self._names]
        self._measured = {}
        if not _closure(args, kwargs):
            self._note_gradient(optimizer)

    def _after(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._is_recorded and self._copies:  # else the step of a base class has been measured
            if _closure(args, kwargs):
                self._note_gradient(optimizer)
            self._measured[UPDATE_RATIO] = _ratio(self._copies)
            self._copies, self._left = [], None
            self._not_zeroed.update(self._pending)
            self._pending = {}
        held = (each for group in optimizer.param_groups for each in group["params"])
        self._used = {each: _held(each.grad) for each in held if each.grad is not None}

    def _note_gradient(self, optimizer: Optimizer) -> None:
        """Measure the gradient that the optimizer uses, which may still be multiplied by a scale."""
        scale = getattr(optimizer, "grad_scale", None)  # set while a fused optimizer has yet to divide by it
        norm = joint_norm(self._gradients())
        self._measured[GRAD_NORM_CLIPPED] = norm if scale is None else norm / float(scale)
        if self._left is not None:
            self._measured[GRAD_NORM] = self._left

    def _gradients(self) -> list[Tensor]:
        return [each.grad for each in self._names if each.grad is not None]

    def _parameters(self) -> dict[Tensor, str]:
        return parameters_of(self._model, self._optimizer)


def parameters_of(model: nn.Module, optimizer: Optimizer) -> dict[Tensor, str]:
    """The parameters of a model that an optimizer holds, with their names; only those that have numbers.

    Whole numbers do not count: a model of Keras keeps the state of its random generators as a parameter.
    """
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    return {
        parameter: name
        for name, parameter in model.named_parameters()
        if id(parameter) in held
        and not (is_lazy(parameter) or parameter.is_meta)
        and (parameter.is_floating_point() or parameter.is_complex())
    }


def _held(gradient: Tensor | None) -> _Held:
    return _Held(None, 0) if gradient is None else _Held(weakref.ref(gradient), version(gradient))


def _closure(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The closure given to ``optimizer.step``, by which it computes the gradient itself."""
    return args[1] if len(args) > 1 else kwargs.get("closure")


def _ratio(copies: list[tuple[Tensor, Tensor]]) -> float:
    """‖Δw‖ / ‖w‖; infinite if w was 0, NaN if Δw was 0 too."""
    with torch.no_grad():
        change = joint_norm(parameter.detach() - copy for parameter, copy in copies)
    before = joint_norm(copy for _, copy in copies)
    if before:
        return change / before
    return math.inf if change else math.nan
