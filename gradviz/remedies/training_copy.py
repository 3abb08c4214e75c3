"""A copy of a model that is trained, with everything that a remedy may change about its training."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from gradviz.capture.check_optimizer import check_optimizer
from gradviz.experiment.probe.call_model import call_model
from gradviz.experiment.probe.scalar_loss import scalar_loss
from gradviz.remedies.followed_parameters import follow, trainable
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.training_case import NoTraining, TrainingCase, check_steps_once
from gradviz.training.gradient_clipping import clip_gradients

_LEARNING_RATE = 1e-3  # of Adam, if no optimizer is given


class Scale(NamedTuple):
    """Mean and standard deviation by which numbers are brought to mean 0 and deviation 1."""

    mean: Tensor
    deviation: Tensor


class TakenStep(NamedTuple):
    """One step of a training.

    Attributes
    ----------
    loss : float
        The loss that was trained.
    comparable : float
        The same in the units of the targets as given, to compare trainings that scale them differently.
    output, target : object
        What the loss compared.
    """

    loss: float
    comparable: float
    output: Any
    target: Any


class BackwardFailed(Exception):
    """The backward pass of a loss has raised an error.

    Attributes
    ----------
    loss : float
    reason : Exception
        The error.
    """

    def __init__(self, loss: float, reason: Exception):
        super().__init__(str(reason))
        self.loss, self.reason = loss, reason


class TrainingCopy:
    """A model, a loss and an optimizer, copied together from a case, and what remedies change about them.

    Parameters
    ----------
    case : TrainingCase
        It is not changed, except that its batches are asked for.
    batches : ReplayedBatches

    Attributes
    ----------
    optimizer : Optimizer
    loss_fn : callable ``(output, target) -> Tensor``
    clip_norm : float or None
        Largest 2-norm of the gradient of all parameters.
    zeroes_gradients : bool
        Whether gradients are set to zero before each backward pass.
    change_inputs : callable
        Applied to the inputs of every batch.
    target_scale : Scale or None
        By which targets are standardised.
    matches_target : bool
        Whether targets are given the shape of the output.

    Raises
    ------
    NoTraining
        If the model cannot be copied, or the optimizer does not fit it.
    """

    def __init__(self, case: TrainingCase, batches: ReplayedBatches):
        self._model, self.loss_fn, self.optimizer = _copied(case)
        self.batches = batches
        self.clip_norm: float | None = None
        self.zeroes_gradients = True
        self.change_inputs: Callable[[Any], Any] = _unchanged
        self.target_scale: Scale | None = None
        self.matches_target = False

    @property
    def model(self) -> nn.Module:
        return self._model

    def change_model(self, change: Callable[..., nn.Module], **options: Any) -> None:
        """Change the model, and let the optimizer hold the parameters that it has then.

        Parameters
        ----------
        change : callable ``(model, **options) -> nn.Module``
        **options
        """
        before = trainable(self._model)
        self._model = change(self._model, **options)
        follow(self.optimizer, before, self._model)

    def step(self, number: int) -> TakenStep:
        """Take one training step.

        Parameters
        ----------
        number : int
            Of the step, and so of its batch.

        Returns
        -------
        TakenStep

        Raises
        ------
        TypeError
            If the loss does not return a tensor with one element.
        NotPossible
            If the target cannot be given the shape of the output.
        BackwardFailed
            If the backward pass of the loss raises an error.
        """
        inputs, target = self.batches[number]
        if self.zeroes_gradients:
            self.optimizer.zero_grad()
        output = call_model(self._model, self.change_inputs(inputs))
        compared = self._compared(output, target)
        loss = scalar_loss(self.loss_fn(output, compared))
        if loss.requires_grad:
            try:
                loss.backward()
            except Exception as error:
                raise BackwardFailed(loss.item(), error) from error
            if self.clip_norm is not None:
                clip_gradients(self._model.parameters(), norm=self.clip_norm)
            self.optimizer.step()
        return TakenStep(loss.item(), self._comparable(loss, output, target), output, compared)

    def _compared(self, output: Any, target: Any) -> Any:
        if self.target_scale is not None:
            target = (target - self.target_scale.mean) / self.target_scale.deviation
        return _in_shape_of(output, target) if self.matches_target else target

    def _comparable(self, loss: Tensor, output: Any, target: Any) -> float:
        if self.target_scale is None:
            return loss.item()
        with torch.no_grad():
            scaled = output * self.target_scale.deviation + self.target_scale.mean
            compared = _in_shape_of(output, target) if self.matches_target else target
            return scalar_loss(self.loss_fn(scaled, compared)).item()


def _unchanged(inputs: Any) -> Any:
    return inputs


def _in_shape_of(output: Any, target: Any) -> Tensor:
    if not isinstance(output, Tensor) or not isinstance(target, Tensor):
        raise NotPossible("the target can be given the output's shape only if both are tensors")
    if output.numel() != target.numel():
        raise NotPossible(
            f"a target of shape {tuple(target.shape)} cannot be given the output's shape, "
            f"{tuple(output.shape)}"
        )
    return target.reshape(output.shape)


def _copied(case: TrainingCase) -> tuple[nn.Module, Callable[[Any, Any], Tensor], Optimizer]:
    """Model, loss and optimizer, copied at once, so that the copies belong together."""
    given = case.optimizer if isinstance(case.optimizer, Optimizer) else None
    try:
        model, loss_fn, optimizer = copy.deepcopy((case.model, case.loss_fn, given))
    except Exception as error:
        raise NoTraining(
            f"the model, its loss or its optimizer cannot be copied: {type(error).__name__}: {error}; let "
            "the factory make them anew, and do not run the model in it"
        ) from error
    if optimizer is None:
        optimizer = _made(case.optimizer, model)
        check_steps_once(optimizer)
    try:
        check_optimizer(model, optimizer)
    except (TypeError, ValueError) as error:
        raise NoTraining(str(error)) from error
    return model, loss_fn, optimizer


def _made(make: Any, model: nn.Module) -> Any:
    if make is None:
        return Adam(model.parameters(), lr=_LEARNING_RATE)
    try:
        return make(model.parameters())
    except Exception as error:
        raise NoTraining(
            f"the function that makes the optimizer failed: {type(error).__name__}: {error}; it is given "
            "the parameters of the model"
        ) from error
