"""What each key of an experiment's file is for, and an example where its default says nothing."""

from __future__ import annotations

import re
from typing import Any

from gradviz.experiment.config.schema import Table

DESCRIPTIONS = {
    "name": "Beginning of the name of the run's folder; letters, digits, '.', '_' and '-'.",
    "seed": "Seed of the weights and of the batches.",
    "task": "What the network has to learn; gradviz list tasks shows all tasks.",
    "task.name": "Name of the task.",
    "model": "The network and its initialisation.",
    "model.cell": "Kind of the recurrent cell.",
    "model.hidden_size": "Units of a layer.",
    "model.num_layers": "Recurrent layers, one on top of the other.",
    "model.bidirectional": "Whether a second network reads the sequence from its end.",
    "model.dropout": "Probability that a unit is dropped between two layers; needs num_layers of at least 2.",
    "model.init": 'Initialisation, or several in turn: ["orthogonal", {name = "chrono", t_max = 99}].',
    "model.init_options": "Options of the initialisation; a table for each, if it is one of several.",
    "model.projection": "Size to which an LSTM projects its state, below hidden_size; other cells have none.",
    "training": "How it is trained.",
    "training.steps": "Training steps, one batch each.",
    "training.batch_size": "Sequences in a batch.",
    "training.optimizer": "Optimizer.",
    "training.learning_rate": "Step size of the optimizer.",
    "training.clip_norm": "Largest norm of the gradient of all weights together.",
    "training.clip_value": "Largest absolute value of an element of the gradient; not beside clip_norm.",
    "training.stop_at": "Value of the task's metric at which the training stops.",
    "training.stop_when": "Reason to give up early, for tasks with one fixed lag.",
    "recording": "What is recorded of the gradient flow.",
    "recording.every": "Every how many training steps a step is recorded.",
    "recording.samples": 'Sequences of a batch that are recorded: a whole number of at least 1, or "all".',
    "recording.detail": "Norms of gradients and gates only, or every element of them too.",
    "expect": "A claim about the metrics: what the source says, which a run and a sweep compare with.",
    "expect.metric": "The metric: loss, grad_norm, grad_norm_clipped, or that of the task.",
    "expect.at": 'Training step, counted from 0, or "end".',
    "expect.over": "Steps up to and including it over which the median is taken.",
    "expect.below": "The value must be below this.",
    "expect.above": "The value must be above this.",
    "expect.near": "The value must differ from this by at most the tolerance.",
    "expect.tolerance": "Largest difference from near.",
    "expect.source": "Who claims it.",
    "expect.where": "Limits the claim to runs with these values.",
}
"""By dotted key; a key that is missing here is described by the docstring of its table."""

EXAMPLES: dict[str, Any] = {
    "task.bits": 2,
    "task.file": "my_text.txt",
    "model.init_options": {"forget_bias": {"value": 1.0}},
    "model.projection": 32,
    "training.clip_norm": 1.0,
    "training.clip_value": 1.0,
    "training.stop_at": 0.01,
    "training.stop_when": "hopeless",
    "expect.metric": "loss",
    "expect.below": 0.1,
    "expect.above": 0.0,
    "expect.near": 0.05,
    "expect.tolerance": 0.05,
    "expect.where": {"model.cell": "lstm"},
}
"""Values for keys that are left out by default, or have an empty default."""


def describe_key(table: type[Table], path: str) -> str:
    """What a key is for; empty if nothing says so.

    Parameters
    ----------
    table : type
        The class of the table that the key is in.
    path : str
        Dotted key, without positions: ``expect.metric``.

    Returns
    -------
    str
        From `DESCRIPTIONS`; else the field's own description; else the first sentence that names the key in
        the docstring of its table.
    """
    name = path.rpartition(".")[2]
    own = table.model_fields[name].description if name in table.model_fields else None
    return DESCRIPTIONS.get(path) or own or _sentence(table.__doc__ or "", name)


def _sentence(text: str, name: str) -> str:
    words = " ".join(text.split())
    for sentence in re.split(r"(?<=[.;:])\s", words):
        if re.search(rf"``{re.escape(name)}\b", sentence):
            return sentence.replace("``", "").rstrip(".;:") + "."
    return ""
