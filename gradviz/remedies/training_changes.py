"""Remedies on a training: on its gradients, its inputs and its targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from gradviz.arguments import check_finite
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.training_copy import Scale, TrainingCopy

_FIRST_BATCHES = 10  # from which mean and deviation are measured


def clip_norm(training: TrainingCopy, /, *, limit: float) -> None:
    """Clip the norm of the gradient of all parameters.

    Parameters
    ----------
    training : TrainingCopy
    limit : float
        Above 0.
    """
    training.clip_norm = check_finite("limit", limit, above=0)


def lower_learning_rate(training: TrainingCopy, /, *, factor: float) -> None:
    """Multiply the learning rate of every group of parameters by a factor.

    Parameters
    ----------
    training : TrainingCopy
    factor : float
        Above 0 and below 1.
    """
    check_finite("factor", factor, above=0, below=1)
    for group in training.optimizer.param_groups:
        group["lr"] = group["lr"] * factor


def raise_learning_rate(training: TrainingCopy, /, *, factor: float) -> None:
    """Multiply the learning rate of every group of parameters by a factor.

    Parameters
    ----------
    training : TrainingCopy
    factor : float
        Above 1.
    """
    check_finite("factor", factor, above=1)
    for group in training.optimizer.param_groups:
        group["lr"] = group["lr"] * factor


def zero_grad(training: TrainingCopy, /) -> None:
    """Set the gradients to zero before each backward pass.

    Parameters
    ----------
    training : TrainingCopy
    """
    training.zeroes_gradients = True


def match_target(training: TrainingCopy, /) -> None:
    """Give the targets the shape of the output before the loss compares them.

    Parameters
    ----------
    training : TrainingCopy
    """
    training.matches_target = True


def normalise_input(training: TrainingCopy, /) -> None:
    """Bring the inputs to mean 0 and standard deviation 1, per feature, as measured on the first batches.

    Of several inputs the first one with floating-point numbers is changed.

    Parameters
    ----------
    training : TrainingCopy

    Raises
    ------
    NotPossible
        If no input has floating-point numbers.
    """
    found = [_first_floating(inputs) for inputs, _ in _first_batches(training)]
    parts = [part for part in found if part is not None]
    if not parts:
        raise NotPossible("the inputs hold no floating-point numbers, so there is nothing to normalise")
    scale = _scale(parts)
    training.change_inputs = lambda inputs: _with_first_floating(inputs, scale)


def standardise_target(training: TrainingCopy, /) -> None:
    """Bring the targets to mean 0 and standard deviation 1, per feature, as measured on the first batches.

    Parameters
    ----------
    training : TrainingCopy

    Raises
    ------
    NotPossible
        If the targets are not tensors of floating-point numbers.
    """
    targets = [target for _, target in _first_batches(training)]
    if not all(isinstance(target, Tensor) and target.is_floating_point() for target in targets):
        raise NotPossible("the targets are not tensors of floating-point numbers")
    training.target_scale = _scale(targets)


def _first_batches(training: TrainingCopy) -> list[tuple[Any, Any]]:
    return [training.batches[number] for number in range(_FIRST_BATCHES)]


def _scale(parts: list[Tensor]) -> Scale:
    """Mean and deviation per feature, the last axis of three or more; without one, over all numbers."""
    features = parts[0].shape[-1] if parts[0].dim() > 2 else 1
    rows = torch.cat([part.detach().double().reshape(-1, features) for part in parts])
    rows = rows[rows.isfinite().all(1)]
    deviation = rows.std(0, correction=0)
    deviation = torch.where(deviation > 0, deviation, torch.ones_like(deviation))
    return Scale(rows.mean(0).to(parts[0]), deviation.to(parts[0]))


def _values(inputs: Any) -> Tensor | None:
    """The numbers of an input, if they are floating-point numbers."""
    values = inputs.data if isinstance(inputs, PackedSequence) else inputs
    return values if isinstance(values, Tensor) and values.is_floating_point() else None


def _first_floating(inputs: Any) -> Tensor | None:
    if isinstance(inputs, PackedSequence):
        return inputs.data.unsqueeze(0) if inputs.data.is_floating_point() else None
    if isinstance(inputs, Mapping):
        inputs = tuple(inputs.values())
    parts = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    return next((values for part in parts if (values := _values(part)) is not None), None)


def _with_first_floating(inputs: Any, scale: Scale) -> Any:
    """The inputs with the first floating-point one scaled."""
    if isinstance(inputs, PackedSequence):
        return inputs._replace(data=_scaled(inputs.data, scale))
    if isinstance(inputs, Mapping):
        names = list(inputs)
        return dict(zip(names, _with_first_floating(tuple(inputs.values()), scale), strict=True))
    if not isinstance(inputs, (tuple, list)):
        return _scaled(inputs, scale)
    parts = list(inputs)
    place = next(place for place, part in enumerate(parts) if _values(part) is not None)
    parts[place] = _with_first_floating(parts[place], scale)
    return tuple(parts)


def _scaled(values: Tensor, scale: Scale) -> Tensor:
    return (values - scale.mean) / scale.deviation
