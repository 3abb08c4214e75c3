"""Faults of the training loop: its loss, its optimizer, its target."""

from __future__ import annotations

from dataclasses import replace

from gradviz.benchmark.population.assignments import CLASSES, LOGITS, REGRESSIONS
from gradviz.benchmark.population.fault import Fault, Random, log_between
from gradviz.benchmark.population.fitting import assigned
from gradviz.benchmark.population.setup import Setup
from gradviz.diagnosis import kinds as k


def _classes(setup: Setup, rng: Random) -> Setup:
    return assigned(setup, CLASSES, rng)


def _logits(setup: Setup, rng: Random) -> Setup:
    return assigned(setup, LOGITS, rng)


def _regression(setup: Setup, rng: Random) -> Setup:
    return assigned(setup, REGRESSIONS, rng)


def _plain_descent(setup: Setup, rng: Random) -> Setup:
    """Without the normalisation of Adam, which undoes most of a clipping."""
    base = assigned(setup, ("delayed_recall", "latch", "early_sign"), rng)
    return replace(base, optimizer="sgd", learning_rate=0.3, clip=None)


def _sometimes_plain_descent(setup: Setup, rng: Random) -> Setup:
    return _plain_descent(setup, rng) if rng.random() < 0.5 else setup


IN_TRAINING = (
    Fault(
        "no_zero_grad",
        frozenset({"gradients_accumulate"}),
        fits=_sometimes_plain_descent,
        code=lambda setup, _: replace(setup, zeroes_grad=False),
    ),
    Fault(
        "softmax_before_cross_entropy",
        frozenset({"softmax_twice"}),
        fits=_classes,
        code=lambda setup, _: replace(setup, squashed=True),
    ),
    Fault(
        "sigmoid_before_logits_loss",
        frozenset({"softmax_twice"}),
        fits=_logits,
        code=lambda setup, _: replace(setup, squashed=True),
    ),
    Fault(
        "target_flat",
        frozenset({"target_broadcast"}),
        fits=_regression,
        code=lambda setup, _: replace(setup, flat_target=True),
    ),
    Fault(
        "learning_rate_high",
        frozenset({"learning_rate_too_high"}),
        strength=log_between(30, 1000),
        code=lambda setup, factor: replace(setup, learning_rate=setup.learning_rate * factor),
    ),
    Fault(
        "learning_rate_low",
        frozenset({k.LEARNING_RATE_LOW}),
        strength=log_between(1e-5, 1e-3),
        code=lambda setup, factor: replace(setup, learning_rate=setup.learning_rate * factor),
    ),
    Fault(
        "clipped_to_nothing",
        frozenset({k.CLIPPING}),
        fits=_plain_descent,
        strength=log_between(1e-6, 1e-3),
        code=lambda setup, limit: replace(setup, clip=limit),
    ),
)
