"""Random input for a model, with a shape inferred from its first layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from gradviz.errors import GradvizError

DEFAULT_LENGTH = 100  # time steps
_FIRST_LAYERS = (nn.Embedding, nn.RNNBase, nn.RNNCellBase, nn.Linear)


class UnknownInput(GradvizError, ValueError):
    """The input of a model cannot be inferred, or the inferred input does not fit."""


@dataclass(frozen=True)
class RandomInput:
    """Random input, and where its numbers and its shape come from.

    Attributes
    ----------
    values : Tensor
        Normal numbers, or for an embedding the numbers of its rows.
    time_axis : int or None
        The axis that is time; None if the shape was given.
    numbers : str
        What the values are, for example ``"random normal input"``.
    origin : str
        Where the shape comes from.
    """

    values: Tensor
    time_axis: int | None
    numbers: str
    origin: str

    @property
    def description(self) -> str:
        """Values and shape in words, for people."""
        return f"{self.numbers} of shape {tuple(self.values.shape)}, {self.origin}"

    def swapped(self) -> RandomInput:
        """The same values with the axes of time and batch swapped."""
        return replace(
            self,
            values=self.values.transpose(0, 1).contiguous(),
            time_axis=None if self.time_axis is None else 1 - self.time_axis,
        )


def random_input(
    model: nn.Module,
    *,
    length: int = DEFAULT_LENGTH,
    batch: int = 16,
    shape: Sequence[int] | None = None,
    seed: int = 0,
) -> RandomInput:
    """Random input for a model, as its first recurrent, embedding or linear layer takes it.

    Parameters
    ----------
    model : nn.Module
    length, batch : int
        Number of time steps and of sequences, if no shape is given.
    shape : sequence of int, optional
        Shape of the input, as the model takes it; inferred by default.
    seed : int
        Seed of the random numbers; the global generator is not used.

    Returns
    -------
    RandomInput
        On the device and in the dtype of the model's parameters.

    Raises
    ------
    UnknownInput
        If no shape is given and none can be inferred, or the model has weights whose shape is not known yet.
    """
    check_shapes_known(model)
    generator = torch.Generator().manual_seed(seed)
    name, first = _first_layer(model)
    time_axis = 1 if _is_batch_first(model) else 0
    is_inferred = shape is None
    if shape is None:
        if first is None:
            raise UnknownInput(
                f"cannot infer the input of {type(model).__name__}: it has no embedding, recurrent or linear "
                "layer; give the shape of the input (--input-shape 16,100,50) or the input itself (inputs=)"
            )
        axes = (batch, length) if time_axis else (length, batch)
        shape = axes if isinstance(first, nn.Embedding) else (*axes, _features(first))
        layer = f"{type(first).__name__} {name!r}"
        origin = f"shape inferred from its first recurrent, embedding or linear layer, {layer}"
    else:
        origin = "shape as given"
    some = next(model.parameters(), torch.empty(0))
    if isinstance(first, nn.Embedding):
        values = torch.randint(first.num_embeddings, tuple(shape), generator=generator).to(some.device)
        numbers = f"random numbers below {first.num_embeddings}"
    else:
        values = torch.randn(*shape, generator=generator).to(some)
        numbers = "random normal input"
    return RandomInput(values, time_axis if is_inferred else None, numbers, origin)


def check_shapes_known(model: nn.Module) -> None:
    """Raise an error for a model with weights that are created at its first run.

    Parameters
    ----------
    model : nn.Module

    Raises
    ------
    UnknownInput
        If one of its layers is lazy and has not run yet.
    """
    for name, module in model.named_modules():
        if any(is_lazy(part) for part in module.parameters(recurse=False)):
            raise UnknownInput(
                f"the shape of {type(module).__name__} {name!r} is not known before the model has run "
                "once; run it on its data first"
            )


def _first_layer(model: nn.Module) -> tuple[str, nn.Module | None]:
    for name, module in model.named_modules():
        if isinstance(module, _FIRST_LAYERS):
            return name or type(model).__name__.lower(), module
    return "", None


def _is_batch_first(model: nn.Module) -> bool:
    """``batch_first`` of the first recurrent layer; True for a model that has only cells."""
    layers = (module for module in model.modules() if isinstance(module, nn.RNNBase))
    return next((module.batch_first for module in layers), True)


def _features(first: nn.Module) -> int:
    if isinstance(first, nn.Linear):
        return first.in_features
    return int(first.input_size)  # type: ignore[arg-type]
