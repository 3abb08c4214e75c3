"""Random numbers from a seed for a while, without a trace afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

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
