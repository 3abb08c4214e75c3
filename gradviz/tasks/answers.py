"""Loss and metric of the answers to a task; padding is left out."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence

from gradviz.tasks.lengths import Sequences

AT_LAST_STEP = "one answer at the last step"
AT_EVERY_STEP = "one answer at every step"


class Regression:
    """A task with one number as its answer, at the last step."""

    name: ClassVar[str]
    output_size: ClassVar[int] = 1
    every_step: ClassVar[bool] = False
    metric_name: ClassVar[str] = "mse"
    metric_goal: ClassVar[Literal["max", "min"]] = "min"

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error.

        Parameters
        ----------
        outputs, targets : Tensor, shape (size, 1)

        Raises
        ------
        ValueError
            If the outputs have another shape; they would be broadcast.
        """
        numbers = check_outputs(self.name, outputs, tuple(targets.shape), AT_LAST_STEP)
        return functional.mse_loss(numbers, targets)

    def metric(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss, of the same arguments."""
        return self.loss(outputs, targets)


class Classification:
    """A task with one class as its answer, at the last step; every class is equally likely."""

    name: ClassVar[str]
    every_step: ClassVar[bool] = False
    baseline_meaning: ClassVar[str] = "every class equally likely"
    metric_name: ClassVar[str] = "accuracy"
    metric_goal: ClassVar[Literal["max", "min"]] = "max"

    @property
    def output_size(self) -> int:
        """Number of classes."""
        raise NotImplementedError

    @property
    def baseline(self) -> float:
        """Cross-entropy of equal probabilities, in nats."""
        return math.log(self.output_size)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy, in nats.

        Parameters
        ----------
        outputs : Tensor, shape (size, classes)
            Logits: scores before the softmax.
        targets : Tensor of int, shape (size,)

        Raises
        ------
        ValueError
            If the outputs have another shape.
        """
        return functional.cross_entropy(*self._matched(outputs, targets))

    def metric(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Accuracy: fraction of the sequences whose highest score is at the correct class."""
        return _accuracy(*self._matched(outputs, targets))

    def _matched(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        wanted = (len(targets), self.output_size)
        return check_outputs(self.name, outputs, wanted, AT_LAST_STEP), targets


class StepwiseClassification:
    """A task with a class as its answer at every step; only some of the steps need memory."""

    name: ClassVar[str]
    every_step: ClassVar[bool] = True
    metric_name: ClassVar[str] = "accuracy"
    metric_goal: ClassVar[Literal["max", "min"]] = "max"

    @property
    def output_size(self) -> int:
        """Number of classes."""
        raise NotImplementedError

    def recalled(self, targets: Tensor) -> Tensor:
        """Mask of the targets that have to be remembered: a Tensor of bool of the same shape."""
        raise NotImplementedError

    def loss(self, outputs: Sequences, targets: Sequences) -> Tensor:
        """Cross-entropy in nats, averaged over all steps of all sequences.

        Parameters
        ----------
        outputs : Tensor, shape (size, time, classes), or PackedSequence
            Logits: scores before the softmax; packed if the targets are.
        targets : Tensor of int, shape (size, time), or PackedSequence

        Raises
        ------
        ValueError
            If the outputs have another shape.
        """
        return functional.cross_entropy(*self._matched(outputs, targets))

    def metric(self, outputs: Sequences, targets: Sequences) -> Tensor:
        """Accuracy on the targets that have to be remembered, in [0, 1]."""
        scores, classes = self._matched(outputs, targets)
        recalled = self.recalled(classes)
        return _accuracy(scores[recalled], classes[recalled])

    def _matched(self, outputs: Sequences, targets: Sequences) -> tuple[Tensor, Tensor]:
        """Scores (answers, classes) and classes (answers,), one row for each step that is not padding."""
        if isinstance(targets, PackedSequence):
            wanted: tuple[int, ...] = (len(targets.data), self.output_size)
            scores = _packed_alike(self.name, outputs, targets)
            return check_outputs(self.name, scores, wanted, f"packed, {AT_EVERY_STEP}"), targets.data
        wanted = (*targets.shape, self.output_size)
        scores = check_outputs(self.name, outputs, wanted, AT_EVERY_STEP)
        return scores.flatten(0, 1), targets.flatten()


def _accuracy(scores: Tensor, classes: Tensor) -> Tensor:
    return (scores.argmax(-1) == classes).to(torch.get_default_dtype()).mean()


def check_outputs(task: str, outputs: Sequences, shape: tuple[int, ...], meaning: str) -> Tensor:
    """Return ``outputs`` if they are a tensor of that shape, so that nothing is broadcast.

    Parameters
    ----------
    task : str
        Name of the task, for the message.
    outputs : Tensor or PackedSequence
        What the model returned.
    shape : tuple of int
    meaning : str
        What the shape means, for the message.

    Raises
    ------
    ValueError
        If they are packed or have another shape.
    """
    if isinstance(outputs, PackedSequence) or outputs.shape != shape:
        given = "a packed sequence" if isinstance(outputs, PackedSequence) else tuple(outputs.shape)
        raise ValueError(f"{task} needs outputs of shape {shape}, {meaning}; got {given}")
    return outputs


def _packed_alike(task: str, outputs: Sequences, targets: PackedSequence) -> Tensor:
    if not isinstance(outputs, PackedSequence):
        raise ValueError(
            f"{task} with lengths from a range needs a packed sequence, {AT_EVERY_STEP}; "
            f"got outputs of shape {tuple(outputs.shape)}"
        )
    if not torch.equal(outputs.batch_sizes, targets.batch_sizes):
        raise ValueError(f"{task} needs outputs packed as its targets are; got other lengths")
    return outputs.data
