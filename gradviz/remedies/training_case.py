"""What a factory gives for a training: a model, its batches, its loss and its optimizer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.optim import LBFGS, Optimizer
from torch.utils.data import Dataset, IterableDataset

from gradviz.errors import GradvizError
from gradviz.experiment.probe.factory import kind_of

WHAT_TO_RETURN = (
    "return (model, batches, loss_fn) or (model, batches, loss_fn, optimizer), where batches gives pairs "
    "(inputs, targets) and loss_fn takes (output, target)"
)


class NoTraining(GradvizError, ValueError):
    """What a factory returns cannot be trained."""


class TrainingCase(NamedTuple):
    """A model that can be trained.

    Attributes
    ----------
    model : nn.Module
    batches : iterable of pairs ``(inputs, targets)``
    loss_fn : callable ``(output, target) -> Tensor``
    optimizer : Optimizer, callable ``parameters -> Optimizer``, or None
        None for Adam with a learning rate of 0.001.
    """

    model: nn.Module
    batches: Iterable[Any]
    loss_fn: Callable[[Any, Any], Tensor]
    optimizer: Optimizer | Callable[[Any], Optimizer] | None = None


def is_training_case(made: Any) -> bool:
    """Whether a factory has returned a training, and not a model with one input and ``loss(output)``.

    Of three parts the loss decides: a training's takes two arguments. If it takes one or two, or its
    signature is not known, the second part decides.

    Parameters
    ----------
    made : object

    Returns
    -------
    bool
    """
    if not isinstance(made, tuple) or len(made) not in (3, 4) or not isinstance(made[0], nn.Module):
        return False
    if len(made) == 4:
        return True
    takes_one, takes_two = takes(made[2], 1), takes(made[2], 2)
    if takes_one is False or takes_two is False:
        return takes_two is not False
    return _look_like_batches(made[1])


def training_case(made: Any, maker: str) -> TrainingCase:
    """What a factory has returned, if it can be trained.

    Parameters
    ----------
    made : object
    maker : str
        Who has returned it, for the message.

    Returns
    -------
    TrainingCase

    Raises
    ------
    NoTraining
        If a part is missing, or is not what it must be, or gradients are turned off.
    """
    if not isinstance(made, tuple) or len(made) not in (3, 4) or not isinstance(made[0], nn.Module):
        raise NoTraining(f"{maker} returned {kind_of(made)}; to train it, {WHAT_TO_RETURN}")
    case = TrainingCase(*made)
    _check_loss(case.loss_fn, maker)
    _check_batches(case.batches, maker)
    _check_optimizer(case.optimizer, maker)
    if not any(part.requires_grad for part in case.model.parameters()):
        raise NoTraining(f"{maker} returned a model in which no parameter requires a gradient")
    if not torch.is_grad_enabled():
        raise NoTraining(
            f"{maker} has turned gradients off for the whole program, so nothing can be trained; leave "
            "torch.set_grad_enabled(False) out, or use it as a block: with torch.no_grad()"
        )
    return case


def takes(function: Any, count: int) -> bool | None:
    """Whether a function can be called with so many positional arguments; None if that is not known.

    Parameters
    ----------
    function : callable
        Of a module, its ``forward`` counts.
    count : int
    """
    called = function.forward if isinstance(function, nn.Module) else function
    if not callable(called):
        return False
    try:
        signature = inspect.signature(called)
    except (TypeError, ValueError):  # a function written in C
        return None
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def _look_like_batches(given: Any) -> bool:
    if given is None or isinstance(given, (Tensor, PackedSequence, Mapping)):
        return False
    if isinstance(given, (list, tuple)):
        return bool(given) and all(isinstance(each, (list, tuple)) and len(each) == 2 for each in given)
    return hasattr(given, "__iter__")


def _check_loss(loss_fn: Any, maker: str) -> None:
    if not callable(loss_fn):
        raise NoTraining(
            f"{maker} returned a {type(loss_fn).__name__} as the loss; it must be a function of the output "
            "and the target, such as torch.nn.functional.mse_loss"
        )
    if takes(loss_fn, 2) is False:
        raise NoTraining(
            f"the loss that {maker} returned does not take two arguments; to train it, {WHAT_TO_RETURN}"
        )


def _check_batches(batches: Any, maker: str) -> None:
    hint = ""
    if isinstance(batches, Dataset) and not isinstance(batches, IterableDataset):
        hint = ", which gives single sequences: wrap it in a torch.utils.data.DataLoader"
    elif callable(batches) and not isinstance(batches, Iterable):
        hint = ": call it, so that it gives the batches"
    elif isinstance(batches, Iterable) and not isinstance(batches, (Tensor, PackedSequence, Mapping, str)):
        return
    raise NoTraining(
        f"{maker} returned a {type(batches).__name__} as the batches{hint or ''}; to train it, "
        f"{WHAT_TO_RETURN}"
    )


def _check_optimizer(optimizer: Any, maker: str) -> None:
    check_steps_once(optimizer)
    if optimizer is not None and not isinstance(optimizer, Optimizer) and takes(optimizer, 1) is False:
        raise NoTraining(
            f"{maker} returned a {type(optimizer).__name__} as the optimizer; it must be a torch.optim."
            "Optimizer, or a function of the parameters that makes one, such as torch.optim.Adam"
        )


def check_steps_once(optimizer: Any) -> None:
    """Raise an error if the steps of an optimizer compute the loss themselves.

    Parameters
    ----------
    optimizer : object

    Raises
    ------
    NoTraining
    """
    if isinstance(optimizer, LBFGS):
        raise NoTraining(
            "the optimizer is LBFGS, whose steps compute the loss several times; return another one, such as "
            "torch.optim.Adam"
        )


@contextmanager
def untrainable() -> Iterator[None]:
    """Within the block an error of the user's code is raised as `NoTraining`, in one sentence."""
    try:
        yield
    except GradvizError:
        raise
    except Exception as error:
        raise NoTraining(f"the model could not be trained: {type(error).__name__}: {error}") from error
