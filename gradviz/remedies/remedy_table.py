"""Every remedy by name, with the words for it: one table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from torch import nn

from gradviz.arguments import check_one_of
from gradviz.diagnosis.finding import Change
from gradviz.remedies import model_changes as on_model
from gradviz.remedies import training_changes as on_training
from gradviz.remedies.last_squash import remove_softmax
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.training_copy import TrainingCopy

ON_MODEL: dict[str, Callable[..., nn.Module]] = {
    "initialise": on_model.initialise_part,
    "replace_by_gru": on_model.replace_by_gru,
    "open_output_gate": on_model.open_output_gate,
    "set_batch_first": on_model.set_batch_first,
    "unfreeze": on_model.unfreeze,
}
ON_TRAINING: dict[str, Callable[..., None]] = {
    "clip_norm": on_training.clip_norm,
    "lower_learning_rate": on_training.lower_learning_rate,
    "raise_learning_rate": on_training.raise_learning_rate,
    "normalise_input": on_training.normalise_input,
    "zero_grad": on_training.zero_grad,
    "match_target": on_training.match_target,
    "remove_softmax": remove_softmax,
    "standardise_target": on_training.standardise_target,
}
REMEDIES: dict[str, Callable[..., Any]] = {**ON_MODEL, **ON_TRAINING}

_WORDS = {
    "initialise": "initialise {module}: {scheme}{rest}",
    "replace_by_gru": "{module} becomes a GRU, t_max={t_max}",
    "open_output_gate": "output gate of {module}: biases 0",
    "set_batch_first": "{module}: batch_first={value}",
    "unfreeze": "train {module}",
    "clip_norm": "clip the gradient norm at {limit:g}",
    "lower_learning_rate": "learning rate x {factor:g}",
    "raise_learning_rate": "learning rate x {factor:g}",
    "normalise_input": "normalise the inputs",
    "zero_grad": "zero_grad before each backward",
    "match_target": "target in the output's shape",
    "remove_softmax": "remove the last softmax",
    "standardise_target": "standardise the targets",
}


def apply_changes(training: TrainingCopy, changes: Iterable[Change]) -> None:
    """Apply changes to a training, in their order.

    Parameters
    ----------
    training : TrainingCopy
    changes : iterable of Change

    Raises
    ------
    UnknownName
        If there is no such remedy.
    NotPossible, ValueError, TypeError
        If one does not fit the model or the training, or its options are not valid.
    """
    for change in changes:
        remedy = REMEDIES[check_one_of("remedy", change.name, REMEDIES)]
        _check_options(change, remedy)
        if change.name in ON_MODEL:
            training.change_model(remedy, **change.options)
        else:
            remedy(training, **change.options)


def in_words(changes: Iterable[Change]) -> str:
    """Changes in a few words, such as "initialise lstm: chrono, t_max=20".

    Parameters
    ----------
    changes : iterable of Change

    Returns
    -------
    str
    """
    return "; ".join(dict.fromkeys(_in_words(change) for change in changes))


def _in_words(change: Change) -> str:
    if change.name not in _WORDS:
        return change.name
    options = {"module": "", **change.options}
    named = {**options, "module": options["module"] or "the model"}
    more = {name: value for name, value in change.options.items() if name not in ("module", "scheme")}
    rest = "".join(f", {name}={value}" for name, value in more.items())
    return _WORDS[change.name].format(**named, rest=rest)


def _check_options(change: Change, remedy: Callable[..., Any]) -> None:
    try:
        inspect.signature(remedy).bind(None, **change.options)
    except TypeError as error:
        given = ", ".join(change.options) or "none"
        raise NotPossible(
            f"the remedy {change.name!r} does not take its options ({given}): {error}"
        ) from error
