"""Trainings that several figures share: RNN, LSTM and GRU on the adding task, from several seeds."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.gallery_figure import Data

LENGTH, HIDDEN, STEPS, BATCH, LEARNING_RATE = 60, 64, 900, 50, 5e-3
CELLS = {"RNN (tanh)": "rnn", "LSTM": "lstm", "GRU": "gru"}


@dataclass(frozen=True)
class AddingSettings:
    """Size of the task, of the networks and of their trainings."""

    length: Annotated[int, Field(ge=2)] = LENGTH
    hidden_size: Annotated[int, Field(ge=2)] = HIDDEN
    steps: Annotated[int, Field(ge=2)] = STEPS
    seeds: Annotated[int, Field(ge=1)] = 5


def adding_experiment(cell: str, settings: AddingSettings, seed: int) -> Experiment:
    """The training of a cell on the adding task, which figures with the same settings share."""
    return resolve(
        {
            "name": f"adding-{cell}",
            "seed": seed,
            "task": {"name": "adding", "length": settings.length},
            "model": {"cell": cell, "hidden_size": settings.hidden_size},
            "training": {
                "steps": settings.steps,
                "batch_size": BATCH,
                "learning_rate": LEARNING_RATE,
                "clip_norm": 1.0,
            },
            "recording": {"every": 10},
        }
    )


@functools.cache
def seeded_experiments(settings: AddingSettings) -> Mapping[str, Experiment]:
    """The experiments of all cells and seeds, by ``cell/seed``."""
    return {
        f"{cell}/{seed}": adding_experiment(cell, settings, seed)
        for cell in CELLS.values()
        for seed in range(settings.seeds)
    }


def seeds_of(data: Data, cell: str) -> Data:
    """The recordings of one cell, by seed."""
    return {key.partition("/")[2]: tree for key, tree in data.items() if key.partition("/")[0] == cell}
