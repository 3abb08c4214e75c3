"""What each key of an experiment's file is for, and an example where its default says nothing."""

from __future__ import annotations

import re
from typing import Any

from gradviz.experiment.config.table import Table

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
    "training.optimizer": 'Optimizer: "adam", "adamw", "rmsprop", "sgd", or your own, "myopt.py:make".',
    "training.learning_rate": "Step size of the optimizer.",
    "training.clip_norm": "Largest norm of the gradient of all weights together.",
    "training.clip_value": "Largest absolute value of an element of the gradient; not beside clip_norm.",
    "training.stop_at": "Value of the task's metric at which the training stops: of an evaluation with a "
    "[validation], else of a single training batch, which may be a lucky one.",
    "training.stop_when": "Reason to give up early, for tasks with one fixed lag.",
    "recording": "What is recorded of the gradient flow.",
    "recording.every": "Every how many training steps a step is recorded.",
    "recording.samples": 'Sequences of a batch that are recorded: a whole number of at least 1, or "all".',
    "recording.detail": "Norms of gradients and gates only, or every element of them too.",
    "expect": "A claim about the metrics: what the source says, which a run and a sweep compare with.",
    "expect.metric": "Name: loss, grad_norm, the task's metric, or of the evaluations, validation_loss.",
    "expect.in_units_of": 'Unit of the loss: "baseline", the loss of the task\'s trivial predictor.',
    "expect.at": 'Training step, counted from 0, or "end".',
    "expect.over": "Steps up to and including it over which the median is taken.",
    "expect.below": "The value must be below this.",
    "expect.above": "The value must be above this.",
    "expect.near": "The value must differ from this by at most the tolerance.",
    "expect.tolerance": "Largest difference from near.",
    "expect.source": "Who claims it.",
    "expect.where": "Limits the claim to runs with these values.",
    "training.momentum": "Momentum of sgd or rmsprop.",
    "training.nesterov": "Whether the momentum of sgd is Nesterov's.",
    "training.weight_decay": "Decay of the weights; left out it is 0.01 for adamw and 0 for the others.",
    "training.optimizer_options": "Other options of the optimizer by torch's names: betas, eps and amsgrad "
    "of adam and adamw, alpha, eps and centered of rmsprop, dampening of sgd.",
    "training.schedule": 'How the learning rate changes; "cosine" alone is short for a table with it.',
    "training.schedule.name": "Name of the schedule.",
    "training.schedule.every": "Steps between two cuts of the learning rate, for step.",
    "training.schedule.factor": "Factor of each cut, for step.",
    "training.warmup": "Steps in which the learning rate rises linearly, before the schedule.",
    "training.bptt": "Time steps of a segment, for truncated backpropagation through time.",
    "training.bptt_detach": "Whether no gradient passes from a segment to the one before.",
    "training.omega": "Weight of Pascanu's regulariser, for rnn and rnn_relu.",
    "training.device": 'Where it is trained: "cpu", "cuda", "cuda:1" or "mps".',
    "training.dtype": "Type of the numbers.",
    "validation": "Evaluation on batches that are not trained on; left out there is none.",
    "validation.every": "Training steps between two evaluations.",
    "validation.batches": "Batches of an evaluation.",
    "validation.patience": "Evaluations in a row without a lower loss after which the training stops.",
    "curriculum": "Training on short sequences first; left out there is none.",
    "curriculum.lengths": "Lengths of the sequences, one after the other; the last one stays.",
    "curriculum.every": "Training steps on each length; or give advance_at.",
    "curriculum.advance_at": "Value of the task's metric at which the next length comes; or give every.",
    "model.make": "Function of your own that makes the model, in place of a cell; its options are beside it.",
    "training.metric": "Function of your own that is measured beside the task's metric.",
    "training.metric_goal": 'Whether stop_at waits for a small ("min") or a large ("max") metric.',
    "expect.until_below": "The value is the number of steps until the metric is below this.",
    "expect.until_above": "The value is the number of steps until the metric is above this.",
    "expect.over_seeds": "What is compared of all seeds of a sweep: their median, or the share that is so.",
    "expect.share_of_seeds": "Share of the seeds of a sweep that must be so.",
    "expect.faster_than": "Runs that must take more steps, by what they have; with until_below, until_above.",
    "expect.below_that_of": "Runs whose value must be larger, by what they have.",
    "expect.above_that_of": "Runs whose value must be smaller, by what they have.",
    "expect.within_factor_of": "Runs whose value must be about as large, by what they have; with factor.",
    "expect.falls_with": "Key with whose numbers the value, or the share of the runs, falls.",
    "expect.rises_with": "Key with whose numbers the value, or the share of the runs, rises.",
    "expect.best_over": "Swept keys of which a comparison takes the best values on both sides.",
    "expect.over_steps": "What is taken of these steps in place of the median: mean, or all of them.",
    "expect.factor": "By how many times, in a comparison with other runs.",
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
    "training.weight_decay": 0.01,
    "training.optimizer_options": {"betas": [0.9, 0.99]},
    "training.bptt": 20,
    "training.omega": 0.5,
    "training.schedule.name": "step",
    "training.schedule.every": 500,
    "training.schedule.factor": 0.5,
    "validation.patience": 5,
    "curriculum.lengths": [10, 20, 50],
    "curriculum.every": 200,
    "curriculum.advance_at": 0.05,
    "model.make": "mymodel.py:make",
    "training.metric": "mymetric.py:name",
    "training.metric_goal": "min",
    "expect.in_units_of": "baseline",
    "expect.until_below": 0.1,
    "expect.until_above": 0.9,
    "expect.over_seeds": "median",
    "expect.share_of_seeds": 0.8,
    "expect.faster_than": {"model.cell": "rnn"},
    "expect.below_that_of": {"model.cell": "rnn"},
    "expect.above_that_of": {"model.cell": "rnn"},
    "expect.within_factor_of": {"model.cell": "rnn"},
    "expect.falls_with": "task.length",
    "expect.rises_with": "task.length",
    "expect.best_over": ["training.learning_rate"],
    "expect.over_steps": "all",
    "expect.factor": 2.0,
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
