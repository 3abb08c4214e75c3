"""A trained character model as a lesson carries it: arrays of 16 bits, and what the rounding costs."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_LARGEST = 32767  # of 16 bits with a sign


@dataclass(frozen=True)
class Learned:
    """How well a model has learned its text, and how exact the page's copy of it is.

    Parameters
    ----------
    right, windows : int
        Windows of the text after which the right character is the most probable, and all of them.
    least : float
        The smallest probability of the right character.
    loss : float
        Mean cross-entropy over windows, in nats.
    seed : int
        Of the training.
    probability_error : float
        Largest difference that the rounding makes to a probability, over the windows.
    decades_error : float
        Largest difference that it makes to the log10 of a gradient's norm.
    written_alike, written : int
        Characters that both write alike, the most likely one each time, before they differ; and how many
        were written.
    """

    right: int
    windows: int
    least: float
    loss: float
    seed: int
    probability_error: float
    decades_error: float
    written_alike: int
    written: int


@dataclass(frozen=True)
class CharacterModel:
    """An LSTM that reads a window of characters, one scalar each, with a linear layer on its last state.

    Parameters
    ----------
    text : str
        What it was trained on.
    characters : str
        Its alphabet, in the order of the classes; the input is a character's place / their number.
    window : int
        Characters that it was trained to read.
    weights : mapping of str to ndarray
        Of ``torch.nn.LSTM`` and of the linear layer, as torch names them: ``weight_ih_l0``,
        ``weight``, ``bias``.
    learned : Learned
    """

    text: str
    characters: str
    window: int
    weights: Mapping[str, np.ndarray]
    learned: Learned


def rounded(weight: np.ndarray) -> tuple[np.ndarray, float]:
    """A weight as whole numbers of 16 bits, and what one of them is worth.

    Parameters
    ----------
    weight : ndarray
        Finite.

    Returns
    -------
    codes : ndarray of int16
        Of the same shape.
    unit : float
        The weight is about ``codes * unit``, off by at most half a unit.

    Raises
    ------
    ValueError
        If a weight is not finite.
    """
    largest = float(np.abs(weight).max(initial=0.0))
    if not np.isfinite(largest):
        raise ValueError("the character model has a weight that is not finite: it cannot be written")
    unit = largest / _LARGEST or 1.0
    return np.round(weight / unit).astype("<i2"), unit


def as_json(model: CharacterModel) -> dict[str, Any]:
    """What the lesson's script reads."""
    layers = sum(name.startswith("weight_hh_l") for name in model.weights)
    return {
        "text": model.text,
        "characters": model.characters,
        "window": model.window,
        "layers": layers,
        "hidden": int(model.weights["weight"].shape[1]),
        "weights": {name: _coded(weight) for name, weight in model.weights.items()},
        "learned": asdict(model.learned),
    }


def _coded(weight: np.ndarray) -> dict[str, Any]:
    codes, unit = rounded(weight)
    return {"codes": base64.b64encode(codes.tobytes()).decode("ascii"), "unit": unit}
