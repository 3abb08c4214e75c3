"""Call a model with what a factory or a data loader gives as its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence


def call_model(model: nn.Module, inputs: Any) -> Any:
    """The output of a model.

    Parameters
    ----------
    model : nn.Module
    inputs : Tensor, PackedSequence, tuple, list, mapping or other object
        A tuple, a list or a mapping holds the model's arguments; anything else is its only argument.

    Returns
    -------
    object
        What the model returns.
    """
    if isinstance(inputs, Tensor):
        return model(with_gradient(inputs))
    if isinstance(inputs, PackedSequence) or not isinstance(inputs, (tuple, list, Mapping)):
        return model(inputs)
    return model(**inputs) if isinstance(inputs, Mapping) else model(*inputs)


def with_gradient(values: Tensor) -> Tensor:
    """A copy that requires a gradient, so that layers with frozen weights are recorded too.

    It is not a leaf of the graph, so a model may change it in place.

    Parameters
    ----------
    values : Tensor

    Returns
    -------
    Tensor
        The tensor itself if it does not hold floating-point numbers.
    """
    return values.detach().clone().requires_grad_().clone() if values.is_floating_point() else values
