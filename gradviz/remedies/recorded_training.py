"""Train a copy of a model and record it."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from torch import Tensor, nn

from gradviz.capture.record import record
from gradviz.capture.tape import Tape
from gradviz.errors import NothingRecorded, NothingRecordedWarning
from gradviz.recording.assemble import assemble
from gradviz.recording.provenance import provenance
from gradviz.remedies.training_copy import BackwardFailed, TrainingCopy
from gradviz.vocabulary import CONTINUES_STEP, MODEL_IS_LAYER, NOTHING_RECORDED

_RECORDED_STEPS = 20  # about so many of a training are recorded
_SECOND = 1  # in which a state first comes from a step before; it tells if that was handed on undetached
_LAST_STEPS = 5  # at least so many losses are averaged, if there are so many
_LAST_PART = 0.1  # of the steps, whose losses are averaged


@dataclass(frozen=True)
class RecordedTraining:
    """A training, as far as it went.

    Attributes
    ----------
    tree : DataTree
        Its recording.
    losses : array, shape (step,)
        In the units of the targets as given.
    seconds : float
    """

    tree: xr.DataTree
    losses: np.ndarray
    seconds: float

    @property
    def last_losses(self) -> np.ndarray:
        """The last tenth of the losses, but at least five if there are so many."""
        return self.losses[-last_steps(len(self.losses)) :]


def last_steps(steps: int) -> int:
    """How many of the last training steps the loss at the end is averaged over.

    Parameters
    ----------
    steps : int
        Of the whole training.

    Returns
    -------
    int
    """
    return min(steps, max(_LAST_STEPS, round(_LAST_PART * steps)))


def train_recorded(
    training: TrainingCopy,
    steps: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_step: Callable[[], None] = lambda: None,
) -> RecordedTraining:
    """Train a copy; about 20 of its steps are recorded, the first two and the last among them.

    A training whose loss is no longer finite ends with the next recorded step. So does one in which PyTorch
    refuses the backward pass since the state was handed on undetached; the recording shows that.

    Parameters
    ----------
    training : TrainingCopy
    steps : int
    stop : callable
        Asked after each step whether to stop.
    on_step : callable
        Called after each step.

    Returns
    -------
    RecordedTraining

    Raises
    ------
    CannotWatch
        If the model has no recurrent module.
    """
    stride = max(1, steps // _RECORDED_STEPS)

    def is_recorded(step: int) -> bool:
        return step % stride == 0 or step in (_SECOND, steps - 1)

    started = time.perf_counter()
    losses: list[float] = []
    refused: BackwardFailed | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NothingRecordedWarning)  # the diagnosis says so
        metadata = {MODEL_IS_LAYER: 1} if isinstance(training.model, (nn.RNNBase, nn.RNNCellBase)) else None
        tape = record(training.model, every=is_recorded, metadata=metadata, optimizer=training.optimizer)
        with tape:
            for step in range(steps):
                try:
                    taken = training.step(step)
                except BackwardFailed as error:
                    refused = error
                    tape.step(error.loss)
                    break
                losses.append(taken.comparable)
                tape.step(taken.loss, **_compared(taken.output, taken.target))
                on_step()
                if stop() or (is_recorded(step) and not math.isfinite(taken.loss)):
                    break
    tree = _tree(tape, metadata)
    if refused is not None and not _ends_undetached(tree):
        raise refused.reason
    return RecordedTraining(tree, np.array(losses), time.perf_counter() - started)


def _compared(output: Any, target: Any) -> dict[str, Tensor]:
    """Output and target for the recording, if they are batches of the same size."""
    first = output[0] if isinstance(output, (tuple, list)) and output else output
    pair = {"output": first, "target": target}
    if not all(isinstance(each, Tensor) and each.dim() and not each.is_nested for each in pair.values()):
        return {}
    return pair if len(first) == len(target) else {}


def _ends_undetached(tree: xr.DataTree) -> bool:
    """Whether the last step began with a state that leads back to an earlier one."""
    found = tree.dataset.get(CONTINUES_STEP)
    return found is not None and bool(found.size) and found.values[-1] == 1


def _tree(tape: Tape, metadata: dict[str, Any] | None) -> xr.DataTree:
    try:
        return tape.tree
    except NothingRecorded:  # not because of frozen weights, of which the tree tells
        reason = "no gradient of the loss reached a recurrent module"
        attributes = provenance({**(metadata or {}), NOTHING_RECORDED: reason})
        return assemble({}, xr.Dataset(), attributes)
