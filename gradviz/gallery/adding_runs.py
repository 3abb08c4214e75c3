"""Three trainings that several figures share: RNN, LSTM and GRU on the adding task."""

from __future__ import annotations

import functools

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.gallery.cache import Cache
from gradviz.gallery.gallery_figure import Data

LENGTH, HIDDEN, STEPS, BATCH, LEARNING_RATE = 60, 64, 900, 50, 5e-3

SETTING = (
    f"The adding task with {LENGTH} time steps, {HIDDEN} units, Adam with learning rate {LEARNING_RATE:g}, "
    f"gradient norm clipped at 1, {STEPS} steps of {BATCH} sequences, seed 0."
)


def _adding(cell: str) -> Experiment:
    return resolve(
        {
            "name": f"adding-{cell}",
            "task": {"name": "adding", "length": LENGTH},
            "model": {"cell": cell, "hidden_size": HIDDEN},
            "training": {
                "steps": STEPS,
                "batch_size": BATCH,
                "learning_rate": LEARNING_RATE,
                "clip_norm": 1.0,
            },
            "recording": {"every": 10},
        }
    )


@functools.cache
def adding_experiments() -> dict[str, Experiment]:
    """The three experiments, by the label of their cell; resolved at the first call."""
    return {"RNN (tanh)": _adding("rnn"), "LSTM": _adding("lstm"), "GRU": _adding("gru")}


def adding_runs(cache: Cache) -> Data:
    """Recordings of the three trainings, by the label of their cell."""
    return {label: cache.recording(experiment) for label, experiment in adding_experiments().items()}
