"""The five runs of ``gradviz demo``."""

from __future__ import annotations

import xarray as xr
from torch.nn.functional import cross_entropy

from gradviz.capture.record import record
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.models.char import CharModel
from gradviz.vocabulary import TEXT

LENGTH = 50
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


ADDING = {
    "RNN (tanh)": _adding("rnn", "rnn"),
    "LSTM": _adding("lstm", "lstm"),
    "LSTM, forget bias 3": _adding(
        "lstm-forget-bias", "lstm", init="forget_bias", init_options={"value": FORGET_BIAS}
    ),
    "GRU": _adding("gru", "gru"),
}

CHARACTERS = resolve(
    {
        "name": "char",
        "task": {"name": "text"},
        "model": {"cell": "lstm", "hidden_size": 256, "num_layers": 2},
        "training": {"steps": 200, "batch_size": 53, "learning_rate": 5e-3},
        "recording": {"every": 4},
    }
)


def read_sentence(model: CharModel) -> xr.DataTree:
    """The trained model over its whole text in one go, recorded with every gate.

    Parameters
    ----------
    model : CharModel

    Returns
    -------
    DataTree
        One step, one sequence of all characters but the last, which is what it is asked to predict; the
        characters are the root's attribute ``text``.
    """
    numbers = model.alphabet.numbers(model.text)
    inputs = model.alphabet.scalars(numbers[:-1]).unsqueeze(0)
    with record(model, detail="full", metadata={TEXT: model.text[:-1]}) as tape:
        cross_entropy(model(inputs), numbers[-1:]).backward()
    model.zero_grad()
    return tape.tree
