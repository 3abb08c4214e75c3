"""Faults of the data: inputs and targets that are too large, constant or not finite."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from gradviz.benchmark.population.assignments import ONE_ANSWER
from gradviz.benchmark.population.fault import Fault, Random, log_between
from gradviz.benchmark.population.fitting import assigned
from gradviz.benchmark.population.setup import Setup
from gradviz.diagnosis import kinds as k

Batch = tuple[Tensor, Tensor]
_EARLY = 60  # training steps
_OFFSET = 5.0  # of raw values from zero, in units of their spread


def _tensors(setup: Setup, rng: Random) -> Setup:
    """Sequences of one length, which are tensors."""
    return assigned(setup, (*ONE_ANSWER, "copy_memory"), rng)


def _raw(inputs: Tensor, targets: Tensor, step: int, scale: float) -> Batch:
    return scale * (inputs + _OFFSET), targets


def _constant_labels(inputs: Tensor, targets: Tensor, step: int, strength: float) -> Batch:
    return inputs, torch.zeros_like(targets)


def _constant_input(inputs: Tensor, targets: Tensor, step: int, strength: float) -> Batch:
    return torch.full_like(inputs, strength), targets


def _spoiled(value: float) -> Callable[[Tensor, Tensor, int, float], Batch]:
    def data(inputs: Tensor, targets: Tensor, step: int, first: float) -> Batch:
        if step != int(first):
            return inputs, targets
        spoiled = inputs.clone()
        spoiled[step % len(inputs), inputs.shape[1] // 2, 0] = value
        return spoiled, targets

    return data


def _early_step(setup: Setup, rng: Random) -> float:
    return float(rng.integers(0, _EARLY))


IN_DATA = (
    Fault(
        "raw_input",
        frozenset({"input_not_normalised", k.SATURATED}),
        fits=_tensors,
        strength=log_between(100, 1000),
        data=_raw,
    ),
    Fault("labels_constant", frozenset({"labels_constant"}), fits=_tensors, data=_constant_labels),
    Fault(
        "input_constant",
        frozenset({k.CONSTANT_INPUT}),
        fits=_tensors,
        strength=lambda setup, rng: float(rng.integers(0, 2)),
        data=_constant_input,
    ),
    Fault(
        "nan_in_input",
        frozenset({k.NOT_FINITE}),
        fits=_tensors,
        strength=_early_step,
        data=_spoiled(float("nan")),
    ),
    Fault(
        "inf_in_input",
        frozenset({k.NOT_FINITE}),
        fits=_tensors,
        strength=_early_step,
        data=_spoiled(float("inf")),
    ),
)
