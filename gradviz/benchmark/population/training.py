"""Trains a member of the population in a plain loop, as people write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gradviz.benchmark.population.assignments import SOLVED, Assignment, assignment
from gradviz.benchmark.population.fault import Fault
from gradviz.benchmark.population.network import Network
from gradviz.benchmark.population.setup import Setup
from gradviz.capture.record import record
from gradviz.capture.tape import Tape

_RECORDED = 20  # of the training steps
_SCORED_EVERY = 50
_SCORED_SEQUENCES = 256

Batch = tuple[Any, Tensor]


@dataclass
class Training:
    """A model, its optimizer and its data; a remedy may change any of them.

    Attributes
    ----------
    setup : Setup
    task : Assignment
    model : nn.Module
    optimizer : torch.optim.Optimizer
    transforms : list of callable ``(inputs, targets, step) -> (inputs, targets)``
        What happens to each batch, one after the other: the fault first.
    """

    setup: Setup
    task: Assignment
    model: nn.Module
    optimizer: torch.optim.Optimizer
    transforms: list[Callable[[Any, Tensor, int], Batch]]

    def batch(self, step: int, generator: torch.Generator) -> Batch:
        """Inputs and targets of a training step."""
        return self.transformed(*self.task.draw(self.setup.batch, generator), step)

    def transformed(self, inputs: Any, targets: Tensor, step: int) -> Batch:
        """A batch as the model gets it."""
        for transform in self.transforms:
            inputs, targets = transform(inputs, targets, step)
        return inputs, targets

    def score(self) -> float:
        """How much of the task is solved: 0 like the trivial predictor, 1 perfect.

        Measured with the inputs that the model gets in training, and with the true targets.
        """
        generator = torch.Generator().manual_seed(self.setup.seed + 1)
        inputs, targets = self.task.draw(_SCORED_SEQUENCES, generator)
        self.model.eval()
        with torch.no_grad():
            given, _ = self.transformed(inputs, targets, -1)
            answers = _answers(self.model(given), targets)
        self.model.train()
        return self.task.score(answers, targets)


def training(setup: Setup, fault: Fault | None = None, strength: float = 0.0) -> Training:
    """A training with a fault, or without; the fault of the code is already in the setup.

    Parameters
    ----------
    setup : Setup
    fault : Fault, optional
    strength : float
    """
    torch.manual_seed(setup.seed)
    task = assignment(setup.assignment, setup.length)
    model = Network(setup, task)
    if setup.embedding_zero:
        embedding = model.get_submodule("embedding").requires_grad_(False)
        for parameter in embedding.parameters():
            parameter.zero_()
    if fault is not None and fault.weights is not None:
        fault.weights(model.recurrent(), strength)
    transforms: list[Any] = []
    if fault is not None and (data := fault.data) is not None:
        transforms.append(lambda inputs, targets, step: data(inputs, targets, step, strength))
    return Training(setup, task, model, optimizer_of(model, setup), transforms)


def optimizer_of(model: nn.Module, setup: Setup) -> torch.optim.Optimizer:
    """A new optimizer of the parameters that are not frozen."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    if setup.optimizer == "sgd":
        return torch.optim.SGD(parameters, setup.learning_rate, momentum=0.9)
    return torch.optim.Adam(parameters, setup.learning_rate)


def steps_until_solved(subject: Training) -> tuple[int | None, float]:
    """Train until the task is solved, at most for the steps of the setup.

    Returns
    -------
    steps : int or None
        After how many steps it was found to be solved; None if it was not.
    score : float
        The last score.
    """
    generator = torch.Generator().manual_seed(subject.setup.seed)
    score = float("nan")
    for step in range(subject.setup.steps):
        _take_step(subject, step, generator)
        if (step + 1) % _SCORED_EVERY == 0:
            score = subject.score()
            if score >= SOLVED:
                return step + 1, score
    return None, score


def record_training(subject: Training) -> tuple[Tape, list[float]]:
    """Train for all steps of the setup, every few of them recorded; the tape and the losses."""
    generator = torch.Generator().manual_seed(subject.setup.seed)
    losses = []
    every = max(1, subject.setup.steps // _RECORDED)
    with record(subject.model, every=every, optimizer=subject.optimizer) as tape:
        for step in range(subject.setup.steps):
            loss, output, targets = _take_step(subject, step, generator)
            tape.step(loss, output=output, target=targets)
            losses.append(loss.item())
    return tape, losses


def _take_step(subject: Training, step: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    setup = subject.setup
    inputs, targets = subject.batch(step, generator)
    if setup.flat_target:
        targets = targets.squeeze(1)
    if setup.zeroes_grad:
        subject.optimizer.zero_grad()
    output = subject.model(inputs)
    rows = max(1, round(setup.rows_read * len(targets)))
    loss = setup.loss_factor * _loss(subject.task, output[:rows], targets[:rows])
    loss.backward()
    if setup.clip is not None:
        torch.nn.utils.clip_grad_norm_(subject.model.parameters(), setup.clip)
    subject.optimizer.step()
    return loss, output, targets


def _loss(task: Assignment, output: Tensor, targets: Tensor) -> Tensor:
    if task.loss == "mse":
        return functional.mse_loss(output, targets)
    if task.loss == "bce":
        return functional.binary_cross_entropy_with_logits(output, targets)
    if output.dim() == 3:
        return functional.cross_entropy(output.flatten(0, 1), targets.flatten())
    return functional.cross_entropy(output, targets)


def _answers(output: Tensor, targets: Tensor) -> Tensor:
    """Outputs, one row for each target; a model that mixes the batch may give fewer or more."""
    return output[: len(targets)]
