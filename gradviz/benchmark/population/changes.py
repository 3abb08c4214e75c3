"""Applies the changes of a remedy to a training of the population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from gradviz.benchmark.population.training import Training, optimizer_of
from gradviz.diagnosis.finding import Change
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.remedy_table import ON_MODEL

_FEWEST_MEASURED = 4  # batches


def apply_change(subject: Training, change: Change) -> None:
    """Make a change in place.

    Raises
    ------
    NotPossible
        If the change is not known, or cannot be made in this training.
    """
    if change.name not in {*ON_MODEL, *_ON_TRAINING}:
        raise NotPossible(f"no such change: {change.name}")
    try:
        if change.name in ON_MODEL:
            ON_MODEL[change.name](subject.model, **change.options)
            subject.optimizer = optimizer_of(subject.model, subject.setup)
        else:
            _ON_TRAINING[change.name](subject, **change.options)
    except NotPossible:
        raise
    except (AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise NotPossible(f"{change.name}: {error}") from error


def _clip_norm(subject: Training, *, limit: float) -> None:
    subject.setup = replace(subject.setup, clip=limit)


def _scale_learning_rate(subject: Training, *, factor: float) -> None:
    subject.setup = replace(subject.setup, learning_rate=subject.setup.learning_rate * factor)
    for group in subject.optimizer.param_groups:
        group["lr"] *= factor


def _zero_grad(subject: Training) -> None:
    subject.setup = replace(subject.setup, zeroes_grad=True)


def _match_target(subject: Training) -> None:
    subject.setup = replace(subject.setup, flat_target=False)


def _remove_softmax(subject: Training) -> None:
    setup = replace(subject.setup, squashed=False)
    subject.setup = setup
    subject.model.setup = setup  # type: ignore[assignment]


def _measured(subject: Training, which: int) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each feature of the inputs, or of the targets, over the first batches."""
    generator = torch.Generator().manual_seed(subject.setup.seed)
    values = [subject.batch(step, generator)[which] for step in range(_FEWEST_MEASURED)]
    flat = torch.cat([value.reshape(-1, value.shape[-1]) for value in values])
    return flat.mean(0), flat.std(0).clamp(min=1e-6)


def _normalise_input(subject: Training) -> None:
    mean, deviation = _measured(subject, 0)
    subject.transforms.append(lambda inputs, targets, step: ((inputs - mean) / deviation, targets))


def _standardise_target(subject: Training) -> None:
    raise NotPossible("the score of a task is measured at its own targets")


_ON_TRAINING: dict[str, Callable[..., None]] = {
    "clip_norm": _clip_norm,
    "lower_learning_rate": _scale_learning_rate,
    "raise_learning_rate": _scale_learning_rate,
    "normalise_input": _normalise_input,
    "zero_grad": _zero_grad,
    "match_target": _match_target,
    "remove_softmax": _remove_softmax,
    "standardise_target": _standardise_target,
}
"""Those on a model are `gradviz.remedies.remedy_table.ON_MODEL`; these act on the population's own loop."""
