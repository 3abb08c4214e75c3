"""Checks the option ``optimizer`` of `gradviz.record`."""

from __future__ import annotations

from typing import Any, cast

from torch import nn
from torch.optim import Optimizer

from gradviz.capture.optimizer_watch import parameters_of
from gradviz.capture.private_torch import is_split, takes_step_hooks
from gradviz.capture.wrapped_modules import original_model


def check_optimizer(model: nn.Module, optimizer: object) -> Optimizer:
    """Return the optimizer if its steps can be watched.

    Raises
    ------
    TypeError
        If it is not a ``torch.optim.Optimizer``, or one that does not take step hooks, as some wrappers.
    ValueError
        If it holds none of the model's parameters, or some that are split over several processes.
    """
    kind = f"of type {type(optimizer).__qualname__}"
    if isinstance(optimizer, type):
        kind = f"the class {optimizer.__qualname__}"
    if not isinstance(optimizer, Optimizer) or not takes_step_hooks(optimizer):
        within = getattr(cast("Any", optimizer), "optimizer", None)
        hint = ""
        if isinstance(within, Optimizer):
            hint = f"; it holds a {type(within).__name__}: give that one, by its attribute .optimizer"
        raise TypeError(
            f"optimizer is {kind}: must be a torch.optim.Optimizer, the one whose step() trains the model"
            + hint
        )
    held = parameters_of(original_model(model), optimizer)
    split = [name for parameter, name in held.items() if is_split(parameter)]
    if split:
        raise ValueError(
            f"optimizer holds parameters that are split over several processes, such as {split[0]!r} (a "
            "DTensor, which fully_shard makes); their norms would need communication that your training does "
            "not have, so leave out optimizer= and give the norm that you have to tape.step(loss, "
            "grad_norm=...)"
        )
    if not held:
        count = sum(len(group["params"]) for group in optimizer.param_groups)
        raise ValueError(
            f"optimizer holds none of the parameters of the model, but {count} others; give the one that "
            "trains this model, made from the parameters that the model has now (a copy of the model has "
            "its own)"
        )
    return optimizer
