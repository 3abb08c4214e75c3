"""The check of the random generator that batches are drawn from."""

from __future__ import annotations

import torch


def check_generator(generator: object) -> torch.Generator:
    """Return ``generator`` if it is a ``torch.Generator``.

    Raises
    ------
    TypeError
        If it is anything else; None would silently mean the global generator.
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator = {generator!r}: must be a torch.Generator")
    return generator
