"""The gallery's character model for the lesson that shows which letters matter to it."""

from __future__ import annotations

import copy
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.experiment.run.trained import load_trained
from gradviz.gallery.cache import Cache, one_thread
from gradviz.gallery.character_run import CharacterRuns, character_experiment
from gradviz.models.char import CharModel
from gradviz.recording.tree import select_module
from gradviz.report.lessons.character_model import CharacterModel, Learned, rounded
from gradviz.vocabulary import LOG10_GRAD_H

SEED = 0  # the training of ``gradviz demo``
STEPS = CharacterRuns().steps
WRITTEN = 200  # characters that the model and its rounded copy write, to be compared


def character_lesson(cache: Cache) -> CharacterModel:
    """The trained model of the lecture figure ``char_model``, with what it has learned.

    Parameters
    ----------
    cache : Cache
        Trains it if it is missing.
    """
    folder = cache.trained(character_experiment(CharacterRuns(), SEED))
    with one_thread():
        return as_arrays(cast("CharModel", load_trained(folder)[0]), seed=SEED)


def as_arrays(model: CharModel, *, seed: int) -> CharacterModel:
    """A character model with scalar inputs as arrays, and how well it has learned its own text.

    Parameters
    ----------
    model : CharModel
        Not changed.
    seed : int
        Of its training, to be told to the reader.
    """
    exact_text = model.generate(length=WRITTEN)
    model = copy.deepcopy(model).double()
    weights = {**dict(model.recurrent.named_parameters()), **dict(model.head.named_parameters())}
    whole = {name: weight.detach().numpy().copy() for name, weight in weights.items()}
    exact_scores, exact_gradients = _over_its_text(model)
    with torch.no_grad():
        for weight in weights.values():
            codes, unit = rounded(weight.numpy())
            weight.copy_(torch.from_numpy(codes.astype(np.float64) * unit))
    scores, gradients = _over_its_text(model)
    targets = model.patterns()[1]
    text = model.float().generate(length=WRITTEN)
    of_right = scores.softmax(1).gather(1, targets[:, None])
    return CharacterModel(
        text=model.text,
        characters=model.alphabet.characters,
        window=model.window,
        weights=whole,
        learned=Learned(
            right=int((scores.argmax(1) == targets).sum()),
            windows=len(targets),
            least=float(of_right.min()),
            loss=float(cross_entropy(scores, targets)),
            seed=seed,
            probability_error=float((scores.softmax(1) - exact_scores.softmax(1)).abs().max()),
            decades_error=float(np.abs(gradients - exact_gradients).max()),
            written_alike=_alike(exact_text, text),
            written=WRITTEN,
        ),
    )


def _alike(one: str, other: str) -> int:
    """How many characters are the same before the first that is not."""
    pairs = zip(one, other, strict=True)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), len(one))


def _over_its_text(model: CharModel) -> tuple[Tensor, np.ndarray]:
    """Scores (window, character), and log10 norms of every window's own gradient at all hidden states."""
    inputs, targets = model.patterns()
    with record(model, samples=None) as tape:
        scores = model(inputs.double())
        cross_entropy(scores, targets, reduction="sum").backward()
    model.zero_grad()
    return scores.detach(), select_module(tape.tree)[LOG10_GRAD_H].values.astype(np.float64)
