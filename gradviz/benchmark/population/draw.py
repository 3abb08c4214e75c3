"""Draws the members of the population: each is determined by its number."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradviz.benchmark.population.assignments import ASSIGNMENTS
from gradviz.benchmark.population.fault import Fault, Random
from gradviz.benchmark.population.faults import FAULTS
from gradviz.benchmark.population.fitting import assigned
from gradviz.benchmark.population.held_out import HELD_OUT
from gradviz.benchmark.population.recurrent_parts import STARTS_OF
from gradviz.benchmark.population.setup import Setup

MOST_ATTEMPTS = 6
_EMPTY = Setup(assignment="", length=0, cell="", steps=0)


@dataclass(frozen=True)
class Draw:
    """A training that should learn, and the fault that is put into it.

    Attributes
    ----------
    number, attempt : int
        What determines it.
    setup : Setup
        Without the fault.
    fault : Fault or None
    strength : float
        How strong the fault is.
    """

    number: int
    attempt: int
    setup: Setup
    fault: Fault | None = None
    strength: float = 0.0

    @property
    def half(self) -> str:
        """Thresholds are chosen on members of the half ``"tuning"``; those of ``"test"`` are reported."""
        return "test" if self.number % 2 else "tuning"

    @property
    def faulted(self) -> Setup:
        """The setup with the fault, if it is one of the code."""
        if self.fault is None or self.fault.code is None:
            return self.setup
        return self.fault.code(self.setup, self.strength)


def draw(number: int, attempt: int, *, held_out: bool = False) -> Draw:
    """A member of the population.

    Two of four numbers have no fault, one in each half. The others go through the faults in turn, so that
    every fault is as frequent as every other in both halves. If the training does not learn without its
    fault, another attempt is drawn.

    Parameters
    ----------
    number, attempt : int
        From 0.
    held_out : bool
        Whether all members have a fault of `HELD_OUT`.
    """
    rng = np.random.default_rng([number, attempt, int(held_out)])
    setup = _setup(rng)
    if not held_out and number % 4 < 2:
        return Draw(number, attempt, setup)
    table = HELD_OUT if held_out else FAULTS
    turn = number // 2 if held_out else number // 4
    fault = list(table.values())[turn % len(table)]
    setup = fault.fits(setup, rng)
    return Draw(number, attempt, setup, fault, fault.strength(setup, rng))


def _setup(rng: Random) -> Setup:
    cell = str(rng.choice(["rnn", "rnn_relu", "lstm", "gru"], p=[0.15, 0.15, 0.35, 0.35]))
    setup = replace(
        _EMPTY,
        cell=cell,
        start=str(rng.choice(STARTS_OF[cell])),
        layers=int(rng.choice([1, 2], p=[0.65, 0.35])),
        hidden=int(rng.choice([16, 24, 32])),
        way=str(rng.choice(["fused", "steps", "cells"], p=[0.6, 0.2, 0.2])),
        style=str(rng.choice(["plain", "nested", "dict"])),
        clip=float(rng.choice([1.0, 5.0])) if rng.random() < 0.5 else None,
        learning_rate=float(rng.choice([5e-3, 1e-2])),
        embeds=bool(rng.random() < 0.2),
        seed=int(rng.integers(2**31)),
    )
    return _wired(assigned(setup, list(ASSIGNMENTS), rng), rng)


def _wired(setup: Setup, rng: Random) -> Setup:
    """Directions, axes and what the head reads, as they fit the task and the way through the sequence."""
    if setup.ragged:
        directions = int(rng.choice([1, 2]))
        return replace(setup, way="fused", embeds=False, directions=directions, reads="end_states")
    if setup.way != "fused" or setup.reads == "every_step":
        return setup
    axes = "transpose" if rng.random() < 0.25 else "batch_first"
    if rng.random() < 0.3:
        return replace(setup, axes=axes, directions=2, reads="end_states")
    if rng.random() < 0.15:
        return replace(setup, axes=axes, decodes=True)
    return replace(setup, axes=axes, reads=str(rng.choice(["last_step", "end_states"])))
