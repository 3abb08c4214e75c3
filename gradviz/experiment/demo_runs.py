"""The five runs of ``gradviz demo``."""

from __future__ import annotations

from functools import cache

import xarray as xr
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.models.char import CharModel
from gradviz.vocabulary import TEXT

LENGTH = 50  # time steps of the adding task
FORGET_BIAS = 3.0


def _adding(name: str, cell: str, **model: object) -> Experiment:
    return resolve(
        {
            "name": name,
            "task": {"name": "adding", "length": LENGTH},
            "model": {"cell": cell, "hidden_size": 32, **model},
            "training": {"steps": 450, "learning_rate": 1e-2, "clip_norm": 1.0},
            "recording": {"every": 5},
        }
    )


@cache
def adding_experiments() -> dict[str, Experiment]:
    """The runs on the adding task, by the label of their network."""
    return {
        "RNN (tanh)": _adding("rnn", "rnn"),
        "LSTM": _adding("lstm", "lstm"),
        "LSTM, forget bias 3": _adding(
            "lstm-forget-bias", "lstm", init="forget_bias", init_options={"value": FORGET_BIAS}
        ),
        "GRU": _adding("gru", "gru"),
    }


@cache
def character_experiment() -> Experiment:
    """The run of the character model."""
    return resolve(
        {
            "name": "char",
            "task": {"name": "text"},
            "model": {"cell": "lstm", "hidden_size": 256, "num_layers": 2},
            "training": {"steps": 200, "batch_size": 53, "learning_rate": 5e-3},
            "recording": {"every": 4},
        }
    )


def read_sentence(model: CharModel) -> xr.DataTree:
    """Recording of one pass of a character model over its whole text, with all gates.

    Parameters
    ----------
    model : CharModel

    Returns
    -------
    DataTree
        One step and one sequence: all characters except the last, which is the target. The root's attribute
        ``text`` holds these characters.
    """
    numbers = model.alphabet.numbers(model.text)
    inputs = model.alphabet.scalars(numbers[:-1]).unsqueeze(0)
    with record(model, detail="full", metadata={TEXT: model.text[:-1]}) as tape:
        cross_entropy(model(inputs), numbers[-1:]).backward()
    model.zero_grad()
    return tape.tree
