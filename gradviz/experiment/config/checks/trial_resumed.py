"""Whether a part of the user's own goes on from its state in a checkpoint as it would have without one."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

_STEPS = 6  # an optimizer may do something after each fifth


def same_outputs(model: nn.Module, again: nn.Module, call: Callable[[nn.Module], Any]) -> bool:
    """Whether two models answer alike, where torch's random numbers are the same.

    Parameters
    ----------
    model : Module
        One that was called before.
    again : Module
        Made again; it gets the weights and buffers of the first one.
    call : callable
        Returns the outputs of a model.

    Raises
    ------
    Exception
        Whatever ``load_state_dict`` raises.
    """
    again.load_state_dict(model.state_dict())
    answers = []
    with torch.no_grad():
        for one in (model, again):
            torch.manual_seed(0)
            answers.append(call(one))
    return alike(*answers)


def same_steps(
    model: nn.Module, again: nn.Module, make: Callable[[nn.Module], torch.optim.Optimizer]
) -> bool:
    """Whether an optimizer goes on from the ``state_dict`` of another one of its kind.

    Parameters
    ----------
    model : Module
        With a gradient.
    again : Module
        Made again; it gets the weights, the buffers and the gradient of the first one.
    make : callable
        Returns an optimizer for a model.

    Raises
    ------
    Exception
        Whatever the optimizer raises.
    """
    first, second = make(model), make(again)
    first.step()
    again.load_state_dict(model.state_dict())
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        other.grad = None if one.grad is None else one.grad.clone()
    second.load_state_dict(copy.deepcopy(first.state_dict()))  # as from a file: tensors of their own
    for optimizer in (first, second):
        torch.manual_seed(0)
        for _ in range(1, _STEPS):
            optimizer.step()
    return alike(model.state_dict(), again.state_dict())


def alike(one: Any, other: Any) -> bool:
    """Whether all tensors in two structures of mappings and sequences have the same values; NaN is one."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(alike(value, other[name]) for name, value in one.items())
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(alike, one, other))
    return True  # of what else there may be, nothing is known
