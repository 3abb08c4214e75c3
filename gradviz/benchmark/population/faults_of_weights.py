"""Faults of the recurrent weights and biases, as a bad initialisation leaves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import nn

from gradviz.benchmark.population.assignments import CLASSES
from gradviz.benchmark.population.fault import Fault, Random, between, log_between
from gradviz.benchmark.population.fitting import assigned
from gradviz.benchmark.population.recurrent_parts import STARTS_OF, set_gate_bias, weights
from gradviz.benchmark.population.setup import Setup
from gradviz.diagnosis import kinds as k

INPUT, FORGET, OUTPUT = 0, 1, 3  # gates of an LSTM; FORGET is a GRU's update gate


def _with(*cells: str) -> Callable[[Setup, Random], Setup]:
    """One of these cells, which begins in one of its own ways."""

    def fits(setup: Setup, rng: Random) -> Setup:
        cell = setup.cell if setup.cell in cells else str(rng.choice(cells))
        if cell == setup.cell:
            return setup
        return replace(setup, cell=cell, start=str(rng.choice(STARTS_OF[cell])))

    return fits


def _with_lag(cell: str) -> Callable[[Setup, Random], Setup]:
    """This cell, on a task whose answer needs the first steps."""
    return lambda setup, rng: _with(cell)(assigned(setup, CLASSES, rng), rng)


def _gate_bias(gate: int) -> Callable[[nn.Module, float], None]:
    return lambda recurrent, value: set_gate_bias(recurrent, gate, value)


def _scale_recurrent(recurrent: nn.Module, factor: float) -> None:
    for weight in weights(recurrent, "weight_hh"):
        weight.data *= factor


def _scale_all(recurrent: nn.Module, factor: float) -> None:
    for weight in weights(recurrent, "weight"):
        weight.data *= factor


def _bias(recurrent: nn.Module, value: float) -> None:
    for bias in weights(recurrent, "bias_ih"):
        bias.data.fill_(value)


def _freeze(recurrent: nn.Module, strength: float) -> None:
    recurrent.requires_grad_(False)


IN_WEIGHTS = (
    Fault(
        "forget_bias_low",
        frozenset({k.FORGET_BIAS}),
        fits=_with_lag("lstm"),
        strength=between(-9, -3),
        weights=_gate_bias(FORGET),
    ),
    Fault(
        "update_bias_low",
        frozenset({k.FORGET_BIAS}),
        fits=_with_lag("gru"),
        strength=between(-9, -3),
        weights=_gate_bias(FORGET),
    ),
    Fault(
        "recurrent_weights_large",
        frozenset({k.EXPLODING, k.NOT_FINITE}),
        fits=_with("rnn_relu"),
        strength=between(3.0, 12.0),
        weights=_scale_recurrent,
    ),
    Fault(
        "recurrent_weights_large_tanh",
        frozenset({k.EXPLODING, k.SATURATED}),
        fits=_with("rnn", "lstm", "gru"),
        strength=between(10.0, 60.0),
        weights=_scale_recurrent,
    ),
    Fault(
        "recurrent_weights_small",
        frozenset({k.VANISHING}),
        fits=_with("rnn", "rnn_relu"),
        strength=log_between(0.005, 0.3),
        weights=_scale_recurrent,
    ),
    Fault(
        "explodes_to_nan",
        frozenset({k.EXPLODING, k.NOT_FINITE}),
        fits=_with("rnn_relu"),
        strength=log_between(30, 3000),
        weights=_scale_recurrent,
    ),
    Fault(
        "saturated_start",
        frozenset({k.SATURATED, k.EXPLODING}),
        fits=_with("rnn", "lstm", "gru"),
        strength=between(20, 60),
        weights=_scale_all,
    ),
    Fault(
        "output_gate_closed",
        frozenset({k.CLOSED_GATE}),
        fits=_with("lstm"),
        strength=between(-20, -8),
        weights=_gate_bias(OUTPUT),
    ),
    Fault(
        "input_gate_closed",
        frozenset({k.FROZEN, k.CLOSED_GATE}),
        fits=_with("lstm"),
        strength=between(-20, -8),
        weights=_gate_bias(INPUT),
    ),
    Fault(
        "update_gate_stuck",
        frozenset({k.FROZEN}),
        fits=_with("gru"),
        strength=between(10, 20),
        weights=_gate_bias(FORGET),
    ),
    Fault(
        "relu_dead",
        frozenset({k.DEAD_RELU}),
        fits=_with("rnn_relu"),
        strength=between(-20, -3),
        weights=_bias,
    ),
    Fault(
        "weights_frozen",
        frozenset({k.FROZEN_WEIGHTS}),
        weights=_freeze,
    ),
)
