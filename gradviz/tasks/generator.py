"""The random generator that every batch is drawn from."""

from __future__ import annotations

import torch


def check_generator(generator: object) -> torch.Generator:
    """``generator``, if it is a ``torch.Generator``, so that nothing is drawn from the global one.

    Raises
    ------
    TypeError
        For anything else; None would silently mean the global generator.
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator = {generator!r}: must be a torch.Generator")
    return generator
