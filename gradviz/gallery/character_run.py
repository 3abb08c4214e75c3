"""The course's character model: its training and its recordings over the sentence."""

from __future__ import annotations

from typing import cast

import torch
import xarray as xr
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.experiment.demo_runs import character_experiment, read_sentence
from gradviz.experiment.run.build_model import build
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.gallery_figure import Data
from gradviz.models.char import CharModel
from gradviz.recording.load import load
from gradviz.vocabulary import TEXT

TRAINING, READING, UNTRAINED, WINDOWS = "training", "reading", "untrained", "windows"


def setting() -> str:
    """Description of the training, for captions."""
    run = character_experiment()
    return (
        f"The course's model: two LSTM layers of {run.model.hidden_size} units, trained on windows of 10 "
        "characters, one scalar per character, with all 53 windows of one sentence in every step; Adam with "
        f"learning rate {run.training.learning_rate:g}, {run.training.steps} steps, seed {run.seed}."
    )


def character_run(cache: Cache) -> Data:
    """Four recordings of the model.

    Returns
    -------
    dict of str to DataTree
        ``training``; ``reading``: the trained model over the whole sentence in one pass, with all gates and
        the characters in the attribute ``text``; ``untrained``: the same before training; ``windows``: the
        gradient of each window's own loss, not averaged over windows.
    """
    experiment = character_experiment()
    folder = cache.trained(experiment)
    with one_thread():
        torch.manual_seed(experiment.seed)
        untrained, trained = (
            cast("CharModel", found[0]) for found in (build(experiment), load_trained(folder))
        )
        return {
            TRAINING: load(folder),
            UNTRAINED: read_sentence(untrained),
            READING: read_sentence(trained),
            WINDOWS: _read_windows(trained),
        }


def text_of(data: Data) -> str:
    """The characters of the sentence that the model reads."""
    return str(data[READING].attrs[TEXT])


def _read_windows(model: CharModel) -> xr.DataTree:
    inputs, targets = model.patterns()
    with record(model, samples=None) as tape:
        cross_entropy(model(inputs), targets, reduction="sum").backward()
    model.zero_grad()
    return tape.tree
