"""The course's character model, trained, and how it reads its sentence."""

from __future__ import annotations

from typing import cast

import xarray as xr
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.experiment.demo import CHARACTERS, read_sentence
from gradviz.experiment.trained import load_trained
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.figure import Data
from gradviz.models.char import CharModel
from gradviz.recording.load import load

TRAINING, READING, WINDOWS = "training", "reading", "windows"

SETTING = (
    f"The course's model: two LSTM layers of {CHARACTERS.model.hidden_size} units over windows of 10 "
    "characters, one scalar a character, all 53 windows of one sentence in every step, Adam with learning "
    f"rate {CHARACTERS.training.learning_rate:g}, {CHARACTERS.training.steps} steps, seed {CHARACTERS.seed}."
)


def character_run(cache: Cache) -> Data:
    """Three recordings of the model.

    Returns
    -------
    dict of str to DataTree
        ``training``; ``reading``: the whole sentence in one go, every gate, the characters in the attribute
        ``text``; ``windows``: the gradient of every window's own loss, not averaged.
    """
    folder = cache.trained(CHARACTERS)
    with one_thread():
        model = cast("CharModel", load_trained(folder)[0])
        return {TRAINING: load(folder), READING: read_sentence(model), WINDOWS: _read_windows(model)}


def text_of(data: Data) -> str:
    """The sentence, as far as it is read."""
    return str(data[READING].attrs["text"])


def _read_windows(model: CharModel) -> xr.DataTree:
    inputs, targets = model.patterns()
    with record(model, samples=None) as tape:
        cross_entropy(model(inputs), targets, reduction="sum").backward()
    model.zero_grad()
    return tape.tree
