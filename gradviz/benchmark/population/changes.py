"""Applies the changes of a remedy to a training of the population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from gradviz.benchmark.population.training import Training, optimizer_of
from gradviz.diagnosis.finding import Change
from gradviz.models.initialise import initialise

_OUTPUT_GATE = 3  # of an LSTM
_FEWEST_MEASURED = 4  # batches


class NotPossible(Exception):
    """A change cannot be made here."""


def apply_change(subject: Training, change: Change) -> None:
    """Make a change in place.

    Raises
    ------
    NotPossible
        If the change is not known, or cannot be made in this training.
    """
    if change.name not in _CHANGES:
        raise NotPossible(f"no such change: {change.name}")
    try:
        _CHANGES[change.name](subject, **change.options)
    except (AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise NotPossible(f"{change.name}: {error}") from error


def _part(subject: Training, module: str) -> nn.Module:
    return subject.model.get_submodule(module)


def _initialise(subject: Training, *, scheme: str, module: str = "", **options: Any) -> None:
    initialise(_part(subject, module), scheme, **options)


def _unfreeze(subject: Training, *, module: str = "") -> None:
    _part(subject, module).requires_grad_(True)
    subject.optimizer = optimizer_of(subject.model, subject.setup)


def _open_output_gate(subject: Training, *, module: str = "") -> None:
    for name, bias in _part(subject, module).named_parameters():
        if name.rpartition(".")[2].startswith("bias"):
            size = len(bias) // 4
            bias.data[_OUTPUT_GATE * size :] = 0


def _set_batch_first(subject: Training, *, module: str, value: bool) -> None:
    part = _part(subject, module)
    if not hasattr(part, "batch_first"):
        raise NotPossible(f"{module} has no batch_first")
    setattr(part, "batch_first", value)  # noqa: B010


def _replace_by_gru(subject: Training, *, module: str, t_max: float) -> None:
    old = _part(subject, module)
    parent, _, name = module.rpartition(".")
    new: nn.Module
    if isinstance(old, nn.RNNCell):
        new = nn.GRUCell(old.input_size, old.hidden_size)
    elif isinstance(old, nn.RNN):
        new = nn.GRU(
            old.input_size,
            old.hidden_size,
            num_layers=old.num_layers,
            batch_first=old.batch_first,
            bidirectional=old.bidirectional,
        )
    else:
        raise NotPossible(f"{module} is not a plain RNN")
    initialise(new, "chrono", t_max=t_max)
    setattr(_part(subject, parent), name, new)
    subject.optimizer = optimizer_of(subject.model, subject.setup)


def _clip_norm(subject: Training, *, limit: float) -> None:
    subject.setup = replace(subject.setup, clip=limit)


def _lower_learning_rate(subject: Training, *, factor: float) -> None:
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


_CHANGES: dict[str, Callable[..., None]] = {
    "initialise": _initialise,
    "replace_by_gru": _replace_by_gru,
    "open_output_gate": _open_output_gate,
    "set_batch_first": _set_batch_first,
    "unfreeze": _unfreeze,
    "clip_norm": _clip_norm,
    "lower_learning_rate": _lower_learning_rate,
    "normalise_input": _normalise_input,
    "zero_grad": _zero_grad,
    "match_target": _match_target,
    "remove_softmax": _remove_softmax,
    "standardise_target": _standardise_target,
}
