"""An optimizer that follows a model whose parameters were replaced or set free."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim import Optimizer


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters of a model that require a gradient, by name.

    Parameters
    ----------
    model : nn.Module
    """
    return {name: part for name, part in model.named_parameters() if part.requires_grad}


def follow(optimizer: Optimizer, before: dict[str, nn.Parameter], model: nn.Module) -> None:
    """Let an optimizer hold the parameters that are new in a model, and no longer those that have gone.

    A new parameter joins the group of those that it replaces, else the first group. What the optimizer did
    not hold although it could be trained, it does not hold afterwards.

    Parameters
    ----------
    optimizer : Optimizer
    before : dict of str to Parameter
        The `trainable` parameters before the change.
    model : nn.Module
        After the change.
    """
    gone = {id(part): name for name, part in before.items()}
    for part in model.parameters():
        gone.pop(id(part), None)
    known = {id(part) for part in before.values()} | {id(part) for part in _held(optimizer)}
    added = {name: part for name, part in trainable(model).items() if id(part) not in known}
    replaced = {name: group for group in optimizer.param_groups for name in _names(group, gone)}
    untrained = {_owner(name) for name in gone.values()} - {_owner(name) for name in replaced}
    for name, part in added.items():
        if _owner(name) not in untrained:
            homes = (group for other, group in replaced.items() if _owner(other) == _owner(name))
            next(homes, optimizer.param_groups[0])["params"].append(part)
    for group in optimizer.param_groups:
        for part in group["params"]:
            if id(part) in gone:
                optimizer.state.pop(part, None)
        group["params"] = [part for part in group["params"] if id(part) not in gone]


def _held(optimizer: Optimizer) -> list[nn.Parameter]:
    return [part for group in optimizer.param_groups for part in group["params"]]


def _names(group: dict[str, Any], gone: dict[int, str]) -> list[str]:
    return [gone[id(part)] for part in group["params"] if id(part) in gone]


def _owner(name: str) -> str:
    """The module of a parameter."""
    return name.rpartition(".")[0]
