"""A model in evaluation mode for the time of a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from torch import nn


class HasModules(Protocol):
    """An ``nn.Module``, or anything else that lists the modules that it consists of."""

    def modules(self) -> Iterable[nn.Module]: ...


@contextmanager
def evaluation_mode(model: HasModules) -> Iterator[None]:
    """Switch every part of the model to evaluation mode; afterwards each part has its own mode again.

    Parameters
    ----------
    model : nn.Module
        A user's ``train`` and ``eval`` methods are not called.
    """
    modes = [(part, part.training) for part in model.modules()]
    try:
        for part, _ in modes:
            part.training = False
        yield
    finally:
        for part, mode in modes:
            part.training = mode
