"""Counts the optimizer steps since the last ``tape.step``, to notice a training that never calls it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from torch import nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook
from torch.utils.hooks import RemovableHandle

from gradviz.capture.private_torch import uncompiled
from gradviz.capture.warn_user import warn_user
from gradviz.errors import StepForgottenWarning

MOST_STEPS = 32  # several epochs over one batch and steps of LBFGS make fewer


class OptimizerSteps:
    """The optimizer steps of a model since the last ``tape.step``.

    Several optimizers may share a model, each for some of its parameters, so the steps of the one that made
    most of them count.

    Parameters
    ----------
    model : nn.Module
        Only an optimizer that holds a parameter of it counts.
    on_step : callable ``is_forgotten -> None``
        Called after each of these steps.
    """

    def __init__(self, model: nn.Module, on_step: Callable[[bool], None]):
        self._model = model
        self._on_step = on_step
        self._counts: weakref.WeakKeyDictionary[Optimizer, int] = weakref.WeakKeyDictionary()
        self._handle: RemovableHandle | None = None
        self._has_warned = False

    def start(self) -> None:
        """Begin to count, by a hook on all optimizers."""
        self._handle = register_optimizer_step_post_hook(uncompiled(self._stepped))

    def stop(self) -> None:
        """Remove the hook; the count stays."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def reset(self) -> None:
        """Count from 0 again."""
        self._counts.update(dict.fromkeys(self._counts, 0))

    @property
    def without_tape_step(self) -> int:
        """How many steps have been made without ``tape.step``; 0 if they are too few to have forgotten it."""
        most = max(self._counts.values(), default=0)
        return most if most >= MOST_STEPS else 0

    def _stepped(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if optimizer not in self._counts and not self._is_of_model(optimizer):
            return
        self._counts[optimizer] = self._counts.get(optimizer, 0) + 1
        is_forgotten = self.without_tape_step > 0
        self._on_step(is_forgotten)
        if is_forgotten and not self._has_warned:
            self._has_warned = True
            _warn()

    def _is_of_model(self, optimizer: Optimizer) -> bool:
        parameters = {id(parameter) for parameter in self._model.parameters()}
        return any(id(held) in parameters for group in optimizer.param_groups for held in group["params"])


def _warn() -> None:
    warn_user(
        f"{MOST_STEPS} optimizer steps have been made without tape.step. Call tape.step(loss) at the end of "
        "every training iteration: it tells the iterations apart and stores the loss. Without it the option "
        "every has no effect, and from now on only the newest iteration is kept.",
        StepForgottenWarning,
    )
