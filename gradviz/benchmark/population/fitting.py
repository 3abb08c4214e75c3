"""Gives a setup a task that a fault can be put in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradviz.benchmark.population.assignments import ANY_LENGTH, ANY_STEPS, LENGTHS, STEPS
from gradviz.benchmark.population.fault import Random
from gradviz.benchmark.population.setup import Setup

_READS = {"copy_memory": "every_step", "ragged_recall": "end_states"}


def assigned(setup: Setup, names: Sequence[str], rng: Random) -> Setup:
    """The setup itself if its task is one of these, else with one of them.

    Parameters
    ----------
    setup : Setup
    names : sequence of str
        Keys of `ASSIGNMENTS`.
    rng : numpy.random.Generator
    """
    if setup.assignment in names:
        return setup
    name = str(rng.choice(list(names)))
    shortest, longest = LENGTHS.get(name, ANY_LENGTH)
    return replace(
        setup,
        assignment=name,
        length=int(rng.integers(shortest, longest + 1)),
        steps=STEPS.get(name, ANY_STEPS),
        ragged=name.startswith("ragged"),
        reads="every_step"
        if name == "copy_memory"
        else ("end_states" if name.startswith("ragged") else "last_step"),
    )
