"""What a fault is: how it changes the code, the weights or the data of a training that learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from gradviz.benchmark.population.setup import Setup

Random = np.random.Generator


def _any_setup(setup: Setup, rng: Random) -> Setup:
    return setup


def _no_strength(setup: Setup, rng: Random) -> float:
    return 1.0


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes
    ----------
    name : str
    kinds : frozenset of str
        Kinds of findings that name it. Empty if there is none yet.
    fits : callable ``(setup, rng) -> Setup``
        The setup of the training without the fault, changed so that the fault can be put in.
    strength : callable ``(setup, rng) -> float``
        Draws how strong it is.
    code : callable ``(setup, strength) -> Setup``, optional
        The fault in the code.
    weights : callable ``(recurrent, strength)``, optional
        The fault in the weights of a recurrent module, in place, after they were initialised.
    data : callable ``(inputs, targets, step, strength) -> (inputs, targets)``, optional
        The fault in the batches.
    """

    name: str
    kinds: frozenset[str]
    fits: Callable[[Setup, Random], Setup] = _any_setup
    strength: Callable[[Setup, Random], float] = _no_strength
    code: Callable[[Setup, float], Setup] | None = None
    weights: Callable[[nn.Module, float], None] | None = None
    data: Callable[[Tensor, Tensor, int, float], tuple[Tensor, Tensor]] | None = None

    @property
    def is_in_batches(self) -> bool:
        """Whether it is in the data, so that no change of the model mends it."""
        return self.data is not None


def between(low: float, high: float) -> Callable[[Setup, Random], float]:
    """Strengths that are uniform between two numbers."""
    return lambda setup, rng: float(rng.uniform(low, high))


def log_between(low: float, high: float) -> Callable[[Setup, Random], float]:
    """Strengths whose logarithm is uniform between those of two numbers."""
    return lambda setup, rng: float(np.exp(rng.uniform(np.log(low), np.log(high))))
