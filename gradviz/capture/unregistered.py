"""Recurrent modules in a plain list, tuple or dict, which PyTorch does not count as parts of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import nn

_PLAIN = (list, tuple, dict)
_MOST_NESTED = 3  # containers in one another


def unregistered(model: nn.Module) -> dict[str, str]:
    """The attributes that hold recurrent modules in a container of Python.

    Parameters
    ----------
    model : nn.Module

    Returns
    -------
    dict of str to str
        For each of them, such as ``"model.stack.cells"``, the name of PyTorch's container that would register
        them: ``"nn.ModuleList"`` or ``"nn.ModuleDict"``.
    """
    registered = {id(module) for module in model.modules()}
    found = {}
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if attribute.startswith("_") or not isinstance(value, _PLAIN):
                continue
            if any(_is_recurrent(held) and id(held) not in registered for held in _held(value)):
                place = ".".join(filter(None, ("model", name, attribute)))
                found[place] = "nn.ModuleDict" if isinstance(value, Mapping) else "nn.ModuleList"
    return found


def how_to_register(model: nn.Module) -> str:
    """What to do about the first of them, as a clause without a full stop; empty if there are none.

    Parameters
    ----------
    model : nn.Module

    Returns
    -------
    str
    """
    for place, container in unregistered(model).items():
        plain = "dict" if container == "nn.ModuleDict" else "list or tuple"
        return (
            f"{place} holds recurrent modules in a plain {plain}, where neither PyTorch nor the optimizer "
            f"finds them; make it an {container}"
        )
    return ""


def _held(container: Any, depth: int = 0) -> Iterator[Any]:
    """What a container holds, also in containers within it."""
    for value in container.values() if isinstance(container, Mapping) else container:
        if isinstance(value, _PLAIN) and depth < _MOST_NESTED:
            yield from _held(value, depth + 1)
        else:
            yield value


def _is_recurrent(value: Any) -> bool:
    """Whether it is a recurrent module, or one that holds some."""
    recurrent = (nn.RNNBase, nn.RNNCellBase)
    return isinstance(value, nn.Module) and any(isinstance(module, recurrent) for module in value.modules())
