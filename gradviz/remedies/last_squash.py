"""The remedy for a model that ends in a softmax or sigmoid although its loss applies one itself."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from gradviz.experiment.probe.call_model import call_model
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.training_copy import TrainingCopy

SQUASHES = (nn.Softmax, nn.LogSoftmax, nn.Sigmoid, nn.LogSigmoid)


def remove_softmax(training: TrainingCopy, /) -> None:
    """Replace the softmax or sigmoid module whose result is the output of the model by an identity.

    Parameters
    ----------
    training : TrainingCopy

    Raises
    ------
    NotPossible
        If no such module is last: it may be a function called in ``forward``, which only the author of the
        model can remove.

    Notes
    -----
    The losses before and after are of different functions of the output, so compare what they lead to.
    """
    name = _last_squash(copy.deepcopy(training.model), training.change_inputs(training.batches[0][0]))
    if name is None:
        raise NotPossible(
            "no softmax or sigmoid module is the last one of the model; if forward calls one as a function, "
            "remove that call"
        )
    training.change_model(_without, name=name)


def _without(model: nn.Module, *, name: str) -> nn.Module:
    if not name:
        return nn.Identity()
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, nn.Identity())
    return model


def _last_squash(model: nn.Module, inputs: Any) -> str | None:
    """Name of the squashing module that returned what the model returns; None if there is none."""
    with _returned_by_squashes(model) as returned, torch.no_grad():
        output = call_model(model, inputs)
    first = output[0] if isinstance(output, (tuple, list)) and output else output
    found = [name for name, result in returned.items() if isinstance(first, Tensor) and _same(result, first)]
    return found[-1] if found else None


def _same(result: Tensor, output: Tensor) -> bool:
    """Whether an output is a result itself, or a view of it."""
    return result is output or result.untyped_storage().data_ptr() == output.untyped_storage().data_ptr()


@contextmanager
def _returned_by_squashes(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Within the block, what each squashing module returned last, by name."""
    returned: dict[str, Tensor] = {}

    def noting(name: str) -> Any:
        return lambda module, args, result: returned.update({name: result})

    handles = [
        part.register_forward_hook(noting(name))
        for name, part in model.named_modules()
        if isinstance(part, SQUASHES)
    ]
    try:
        yield returned
    finally:
        for handle in handles:
            handle.remove()
