"""The course's character model: its trainings, and its recordings over the sentence, for several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast

import numpy as np
import torch
import xarray as xr
from pydantic import Field
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.experiment import demo_runs
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.learned import has_learned
from gradviz.gallery.words import figure_words
from gradviz.models.char import CharModel
from gradviz.recording.load import load
from gradviz.vocabulary import TEXT

TRAINING, READING, UNTRAINED, WINDOWS = "training", "reading", "untrained", "windows"

_words = figure_words("character_run")


@dataclass(frozen=True)
class CharacterRuns:
    """Size, length and number of the trainings."""

    hidden_size: Annotated[int, Field(ge=2)] = 256
    steps: Annotated[int, Field(ge=2)] = 200
    seeds: Annotated[int, Field(ge=1)] = 5


def character_experiment(settings: CharacterRuns, seed: int) -> Experiment:
    """The training with a seed; with seed 0 and the defaults, that of ``gradviz demo``."""
    table = demo_runs.character_experiment().table()
    table["seed"] = seed
    table["model"]["hidden_size"] = settings.hidden_size
    table["training"]["steps"] = settings.steps
    return resolve(table)


def setting(settings: CharacterRuns, seed: int) -> str:
    """Description of the trainings and of the run that is drawn, for captions."""
    return _words(
        "setting",
        units=settings.hidden_size,
        rate=demo_runs.character_experiment().training.learning_rate,
        steps=settings.steps,
        seeds=settings.seeds,
        drawn=seed,
    )


def character_runs(cache: Cache, settings: CharacterRuns, moments: Sequence[str]) -> Data:
    """Recordings of the model, of each seed.

    Parameters
    ----------
    cache : Cache
    settings : CharacterRuns
    moments : sequence of str
        ``training``; ``reading``: the trained model over the whole sentence in one pass, with all gates and
        the characters in the attribute ``text``; ``untrained``: the same before training; ``windows``: the
        gradient of each window's own loss, not averaged over windows.

    Returns
    -------
    dict of str to DataTree
        By ``MOMENT, SEED``; see `of_seed`.
    """
    makers = {
        TRAINING: lambda experiment: load(cache.trained(experiment)),
        READING: lambda experiment: demo_runs.read_sentence(_trained(cache, experiment)),
        UNTRAINED: lambda experiment: demo_runs.read_sentence(_untrained(experiment)),
        WINDOWS: lambda experiment: _read_windows(_trained(cache, experiment)),
    }
    if set(moments) - {UNTRAINED}:
        cache.complete(character_experiment(settings, seed) for seed in range(settings.seeds))
    with one_thread():
        return {
            f"{moment}, {seed}": makers[moment](character_experiment(settings, seed))
            for seed in range(settings.seeds)
            for moment in moments
        }


def of_seed(data: Data, seed: int) -> dict[str, xr.DataTree]:
    """The recordings of one seed, by moment."""
    ending = f", {seed}"
    return {key.removesuffix(ending): tree for key, tree in data.items() if key.endswith(ending)}


def by_seed(data: Data) -> list[dict[str, xr.DataTree]]:
    """The recordings of every seed, each by moment."""
    return [of_seed(data, seed) for seed in range(len({key.split(", ")[1] for key in data}))]


def learned(data: Data) -> np.ndarray:
    """1 for each run that has learned its text, 0 for each that has not, NaN if not known; shape (seed,)."""
    return np.array([has_learned(run[TRAINING]) for run in by_seed(data)])


def text_of(run: Data) -> str:
    """The characters of the sentence that the model reads."""
    return str(run[READING].attrs[TEXT])


def _trained(cache: Cache, experiment: Experiment) -> CharModel:
    return cast("CharModel", load_trained(cache.trained(experiment))[0])


def _untrained(experiment: Experiment) -> CharModel:
    torch.manual_seed(experiment.seed)
    return cast("CharModel", build(experiment)[0])


def _read_windows(model: CharModel) -> xr.DataTree:
    inputs, targets = model.patterns()
    with record(model, samples=None) as tape:
        cross_entropy(model(inputs), targets, reduction="sum").backward()
    model.zero_grad()
    return tape.tree
