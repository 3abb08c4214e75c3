"""One pass of a cell, trained or not, for each of several seeds: the means that its diagram shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple, cast

import numpy as np
import torch
import xarray as xr
from pydantic import Field

from gradviz.experiment.config.build_model import build
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.adding_runs import LENGTH, STEPS, AddingSettings, adding_experiment
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.cell_wires import run_wires
from gradviz.gallery.gallery_figure import Data
from gradviz.models.sequence import SequenceModel
from gradviz.tasks.task_table import Task
from gradviz.vocabulary import GATE, LOSS

WIRE, LOG10_GRAD, MEAN = "wire", "log10_grad", "mean_activation"

_GATES = {
    "rnn": {"hidden": "h"},
    "lstm": {gate: gate for gate in ("forget", "input", "candidate", "output")},
    "gru": {gate: gate for gate in ("reset", "update", "candidate")},
}


@dataclass(frozen=True)
class TrainedCells(AddingSettings):
    """Sizes and length of the trainings, and of the pass after them."""

    length: Annotated[int, Field(ge=4)] = LENGTH
    steps: Annotated[int, Field(ge=1)] = STEPS
    sequences: Annotated[int, Field(ge=1)] = 64


class Anatomy(NamedTuple):
    """Means of a pass over time steps and sequences.

    Attributes
    ----------
    gates : dict of str to float
        Mean activation.
    wires : dict of str to float
        Log10 of the mean gradient norm, by the names in `cell_wires.WIRES`.
    loss : float
        Of the pass, as a fraction of the trivial predictor's.
    """

    gates: dict[str, float]
    wires: dict[str, float]
    loss: float


def trained_cell(cache: Cache, cell: str, settings: TrainedCells, seed: int) -> tuple[SequenceModel, Task]:
    """A model that was trained on the adding task, and the task."""
    model, task = load_trained(cache.trained(adding_experiment(cell, settings, seed)))
    return cast("SequenceModel", model), task


def _untrained_cell(cell: str, settings: TrainedCells, seed: int) -> tuple[SequenceModel, Task]:
    torch.manual_seed(seed)
    model, task = build(adding_experiment(cell, settings, seed))
    return cast("SequenceModel", model), task


def anatomy_run(cache: Cache | None, cell: str, settings: TrainedCells) -> Data:
    """Means of one pass of a cell on the adding task, by seed.

    Parameters
    ----------
    cache : Cache or None
        Has the trained models; None takes each model before its training.
    cell : {"rnn", "lstm", "gru"}
    settings : TrainedCells
    """
    if cache is not None:
        cache.complete(adding_experiment(cell, settings, seed) for seed in range(settings.seeds))
    found = {}
    with one_thread():
        for seed in range(settings.seeds):
            model, task = (
                _untrained_cell(cell, settings, seed)
                if cache is None
                else trained_cell(cache, cell, settings, seed)
            )
            found[f"seed {seed}"] = _pass(cell, model, task, settings.sequences)
    return found


def _pass(cell: str, model: SequenceModel, task: Task, sequences: int) -> xr.DataTree:
    inputs, targets = task.batch(sequences, torch.Generator().manual_seed(1))
    losses = []

    def loss(state: torch.Tensor) -> torch.Tensor:
        losses.append(task.loss(model.head(state), targets))
        return losses[0]

    values, gradients = run_wires(model.recurrent, inputs, loss)
    means = [float(values[wire].double().mean()) for wire in _GATES[cell].values()]
    with np.errstate(divide="ignore"):  # log10 of a wire without gradient
        log10 = [np.log10(float(norms.double().mean())) for norms in gradients.values()]
    dataset = xr.Dataset(
        {
            MEAN: (GATE, means),
            LOG10_GRAD: (WIRE, log10),
            LOSS: losses[0].item() / task.baseline,
        },
        coords={GATE: list(_GATES[cell]), WIRE: list(gradients)},
    )
    return xr.DataTree(dataset)


def anatomies(data: Data) -> list[Anatomy]:
    """Means of each seed's pass."""
    runs = [tree.to_dataset() for tree in data.values()]
    return [Anatomy(_table(run[MEAN]), _table(run[LOG10_GRAD]), float(run[LOSS])) for run in runs]


def _table(values: xr.DataArray) -> dict[str, float]:
    names = values[values.dims[0]].values
    return {str(name): float(value) for name, value in zip(names, values.values, strict=True)}
