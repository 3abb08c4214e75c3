"""The training steps that are timed, native and recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gradviz.benchmark.settings import Settings
from gradviz.capture.record import record
from gradviz.models.sequence import SequenceModel

Step = Callable[[], object]
"""Runs one whole training step."""


@dataclass(frozen=True)
class Workload:
    """A model and a batch to train it on.

    There is a loss at every time step.  With a loss at the last step only, gradients on long sequences would
    become subnormal numbers.  The native step then takes up to forty times as long on a CPU, so that the cost
    of a recording would seem negligible.

    Attributes
    ----------
    cell : str
    model : SequenceModel
        Recurrent layers in one direction, a linear head at every time step.
    inputs : Tensor, shape (batch, time, input)
    targets : Tensor, shape (batch, time, 1)
    """

    cell: str
    model: SequenceModel
    inputs: Tensor
    targets: Tensor

    def copy(self) -> Workload:
        """The same workload with a copy of the model."""
        return Workload(self.cell, deepcopy(self.model), self.inputs, self.targets)


def make_workload(cell: str, length: int, settings: Settings) -> Workload:
    """A model and a batch of ``length`` time steps, the same at every call.

    Parameters
    ----------
    cell : str
    length : int
    settings : Settings
        Give sizes and device.

    Returns
    -------
    Workload
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = SequenceModel(
            cell,
            settings.input_size,
            settings.hidden_size,
            1,
            num_layers=settings.num_layers,
            every_step=True,
        )
        inputs = torch.randn(settings.batch_size, length, settings.input_size)
        targets = torch.randn(settings.batch_size, length, 1)
    device = settings.device
    return Workload(cell, model.to(device), inputs.to(device), targets.to(device))


def training_step(workload: Workload, answer: Callable[[Tensor], Tensor]) -> Step:
    """Step of gradient descent on the squared error of ``answer(inputs)``.

    Parameters
    ----------
    workload : Workload
    answer : callable ``Tensor (batch, time, input) -> Tensor (batch, time, 1)``
        The model, or another implementation of it.

    Returns
    -------
    callable
    """
    optimizer = torch.optim.SGD(workload.model.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.mse_loss(answer(workload.inputs), workload.targets).backward()
        optimizer.step()

    return step


@contextmanager
def native(workload: Workload) -> Iterator[Step]:
    """The native training step."""
    yield training_step(workload, workload.model)


@contextmanager
def recorded(workload: Workload, *, samples: int | None = 16, every: int = 1) -> Iterator[Step]:
    """The training step, recorded in memory, with options of `gradviz.record`."""
    train = training_step(workload, workload.model)
    with record(workload.model, samples=samples, every=every) as tape:

        def step() -> None:
            train()
            tape.step()

        yield step
