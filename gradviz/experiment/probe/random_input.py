"""Random input of the shape that a model takes, read off its first layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from gradviz.errors import GradvizError

_FIRST_LAYERS = (nn.Embedding, nn.RNNBase, nn.RNNCellBase, nn.Linear)


class UnknownInput(GradvizError, ValueError):
    """Nothing in a model says what its input looks like, or what was inferred does not fit."""


@dataclass(frozen=True)
class RandomInput:
    """Random input and what is known of it.

    Attributes
    ----------
    values : Tensor
        Normal numbers, or for an embedding whole numbers that it has a row for.
    time_axis : int or None
        Which of its axes was made for time; None where the shape was given.
    description : str
        How it came about, for people.
    """

    values: Tensor
    time_axis: int | None
    description: str

    def swapped(self) -> RandomInput:
        """The same with the axes of time and batch the other way round."""
        shape = tuple(self.values.shape)
        return replace(
            self,
            values=self.values.transpose(0, 1).contiguous(),
            time_axis=None if self.time_axis is None else 1 - self.time_axis,
            description=self.description.replace(str(shape), str((shape[1], shape[0], *shape[2:])), 1),
        )


def random_input(
    model: nn.Module,
    *,
    length: int = 100,
    batch: int = 16,
    shape: Sequence[int] | None = None,
    seed: int = 0,
) -> RandomInput:
    """Random input for a model, as its first recurrent, embedding or linear layer takes it.

    Parameters
    ----------
    model : nn.Module
    length, batch : int
        Time steps and sequences, if no shape is given.
    shape : sequence of int, optional
        Of the input, as the model takes it; by default inferred.
    seed : int
        Of a generator of its own.

    Returns
    -------
    RandomInput
        On the device and in the dtype of the model's parameters.

    Raises
    ------
    UnknownInput
        If no shape is given and nothing in the model says one, or it has weights whose shape is not known
        yet.
    """
    check_shapes_known(model)
    generator = torch.Generator().manual_seed(seed)
    name, first = _first_layer(model)
    time_axis = 1 if _is_batch_first(model) else 0
    is_inferred = shape is None
    if shape is None:
        if first is None:
            raise UnknownInput(
                f"cannot tell what {type(model).__name__} takes: no layer of it is an embedding, recurrent "
                "or linear; give the shape of its input (--input-shape 16,100,50), or inputs="
            )
        axes = (batch, length) if time_axis else (length, batch)
        shape = axes if isinstance(first, nn.Embedding) else (*axes, _features(first))
        origin = (
            f"shape read off its first recurrent, embedding or linear layer, {type(first).__name__} {name!r}"
        )
    else:
        origin = "shape as given"
    some = next(model.parameters(), torch.empty(0))
    if isinstance(first, nn.Embedding):
        values = torch.randint(first.num_embeddings, tuple(shape), generator=generator).to(some.device)
        kind = f"random numbers below {first.num_embeddings}"
    else:
        values = torch.randn(*shape, generator=generator).to(some)
        kind = "random normal input"
    description = f"{kind} of shape {tuple(shape)}, {origin}"
    return RandomInput(values, time_axis if is_inferred else None, description)


def check_shapes_known(model: nn.Module) -> None:
    """Raise for a model with weights that are made at its first run.

    Parameters
    ----------
    model : nn.Module

    Raises
    ------
    UnknownInput
        If a layer of it is lazy and has not run yet.
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
    """As the first recurrent module has it; a model of cells is taken to have the batch first."""
    layers = (module for module in model.modules() if isinstance(module, nn.RNNBase))
    return next((module.batch_first for module in layers), True)


def _features(first: nn.Module) -> int:
    if isinstance(first, nn.Linear):
        return first.in_features
    return int(first.input_size)  # type: ignore[arg-type]
