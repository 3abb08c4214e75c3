"""Gradient that is lost between the answers of copy memory and the letters, before and after training."""

from __future__ import annotations

import math
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from gradviz.dynamics.connectivity import connectivity
from gradviz.experiment.run.before_training import load_untrained
from gradviz.experiment.run.trained import load_trained
from gradviz.tasks.copy_memory import CopyMemory

BEFORE, AFTER = "lost_across_delay_before", "lost_across_delay_after"
NAMES = (BEFORE, AFTER)
SEQUENCES = 16
"""Sequences on which it is measured; the same for all runs of a task."""


def measure(folder: Path) -> dict[str, float]:
    """Decades that the gradient loses on its way from the answers of copy memory to the letters.

    Parameters
    ----------
    folder : Path
        Of a run.

    Returns
    -------
    dict of str to float
        ``lost_across_delay_before`` and ``lost_across_delay_after``; see `lost_across_delay`. What is not a
        finite number is left out, and both where the task is not copy memory: there the recording tells it.

    Raises
    ------
    FileNotFoundError
        If there is no run, or it has no checkpoint.
    """
    found = {}
    for name, load in ((BEFORE, load_untrained), (AFTER, load_trained)):
        model, task = load(folder)
        if isinstance(task, CopyMemory) and all(weight.isfinite().all() for weight in model.parameters()):
            found[name] = lost_across_delay(model, task)
    return {name: lost for name, lost in found.items() if math.isfinite(lost)}


def lost_across_delay(model: nn.Module, task: CopyMemory) -> float:
    """Decades lost from the step that repeats a letter back to the step that reads it, mean over the letters.

    The loss of the task reads every step, and most of it needs no memory. So each answer has its own loss,
    and its gradient at the state of the answer is compared with that at the state that has just read the
    letter.

    Parameters
    ----------
    model : nn.Module
        Answers at every step.
    task : CopyMemory
        With one delay.

    Returns
    -------
    float
        Negative if the gradient grows on its way back; infinite if nothing arrives at one of the letters.

    Raises
    ------
    ValueError
        If the task has a range of delays.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> from gradviz.reproductions.measured.across_delay import lost_across_delay
    >>> task = gv.tasks.copy_memory(delay=20, symbols=2)
    >>> _ = torch.manual_seed(0)
    >>> model = gv.SequenceModel("rnn", task.input_size, 16, task.output_size, every_step=True)
    >>> lost_across_delay(model, task) > 3
    True
    """
    if not isinstance(task.delay, int):
        raise ValueError(f"copy_memory has the delays {task.delay!r}: it must have one")
    inputs, targets = task.batch(SEQUENCES, torch.Generator().manual_seed(0))
    inputs = cast(Tensor, inputs).to(next(model.parameters()).dtype)
    log10 = connectivity(model, inputs, cast(Tensor, targets))  # (loss_time, time)
    lost = [
        float(log10.isel(loss_time=letter + task.lag, time=letter + task.lag))
        - float(log10.isel(loss_time=letter + task.lag, time=letter))
        for letter in task.informative
    ]
    return sum(lost) / len(lost)
