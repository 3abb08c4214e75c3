"""Random numbers from a seed for a while, without a trace afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within the block the generators of torch, numpy and Python start from a seed; then they are restored.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1, as numpy takes it.
    """
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng():
            seed_generators(seed)
            yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002


def seed_generators(seed: int) -> None:
    """Set the seed of the global generators of torch, numpy and Python.

    Parameters
    ----------
    seed : int
    """
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


class RandomStream:
    """Random numbers that go on from where the global generators are now, apart from what else draws.

    So what draws in turns with something else gets the same numbers whether or not the other one draws.
    """

    def __init__(self) -> None:
        self._states = _states()

    @contextmanager
    def drawn_from(self) -> Iterator[None]:
        """Within the block the global generators draw from this stream; then they are restored."""
        outside = _states()
        _restore(self._states)
        try:
            yield
        finally:
            self._states = _states()
            _restore(outside)


def _states() -> tuple[Any, ...]:
    on_devices = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return torch.get_rng_state(), np.random.get_state(), random.getstate(), on_devices  # noqa: NPY002


def _restore(states: tuple[Any, ...]) -> None:
    of_torch, of_numpy, of_python, on_devices = states
    torch.set_rng_state(of_torch)
    np.random.set_state(of_numpy)  # noqa: NPY002
    random.setstate(of_python)
    if on_devices:
        torch.cuda.set_rng_state_all(on_devices)
