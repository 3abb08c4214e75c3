"""The same network in other forms: its cell in a loop, or its layers called one time step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from gradviz.benchmark.python_loop import cell_with_weights_of, unroll
from gradviz.benchmark.steps import Step, Workload, native, recorded
from gradviz.models.sequence import SequenceModel


class CellInLoop(nn.Module):
    """The network with its only layer as a cell in a Python loop; it shares the weights.

    Parameters
    ----------
    model : SequenceModel
        One layer.
    """

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.cell = cell_with_weights_of(model)
        self.head = model.head

    def forward(self, inputs: Tensor) -> Tensor:
        """Answers (batch, time, output) to inputs (batch, time, input)."""
        answers: Tensor = self.head(torch.stack([state[0] for state in unroll(self.cell, inputs)], 1))
        return answers


class StepByStep(nn.Module):
    """The network with its layers called on one time step after the other; it shares the weights.

    Parameters
    ----------
    model : SequenceModel
    """

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.recurrent = model.recurrent
        self.head = model.head

    def forward(self, inputs: Tensor) -> Tensor:
        """Answers (batch, time, output) to inputs (batch, time, input)."""
        state, outputs = None, []
        for x in inputs.split(1, 1):
            output, state = self.recurrent(x, state)
            outputs.append(output)
        answers: Tensor = self.head(torch.cat(outputs, 1))
        return answers


FUSED, LOOP, STEPWISE = "fused layer", "cell in a loop", "layer called step by step"
_MODELS = {LOOP: CellInLoop, STEPWISE: StepByStep}


def in_form(workload: Workload, form: str) -> Workload:
    """The workload with its model written in another way.

    Parameters
    ----------
    workload : Workload
    form : str
        `FUSED`, `LOOP` or `STEPWISE`.

    Returns
    -------
    Workload
    """
    if form == FUSED:
        return workload
    return replace(workload, model=_MODELS[form](workload.model))  # type: ignore[arg-type]


@contextmanager
def native_in_form(workload: Workload, *, form: str) -> Iterator[Step]:
    """The native training step of the network written in that way."""
    with native(in_form(workload, form)) as step:
        yield step


@contextmanager
def recorded_in_form(workload: Workload, *, form: str, samples: int | None = 16) -> Iterator[Step]:
    """The recorded training step of the network written in that way."""
    with recorded(in_form(workload, form), samples=samples) as step:
        yield step
