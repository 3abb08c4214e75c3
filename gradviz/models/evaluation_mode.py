"""Evaluation mode of a model inside a ``with`` block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from torch import nn


class HasModules(Protocol):
    """An ``nn.Module``, or another object that lists its modules."""

    def modules(self) -> Iterable[nn.Module]: ...


@contextmanager
def evaluation_mode(model: HasModules) -> Iterator[None]:
    """Put every part of the model in evaluation mode, and restore its own mode afterwards.

    Parameters
    ----------
    model : nn.Module
        Its ``train`` and ``eval`` methods are not called.
    """
    modes = [(part, part.training) for part in model.modules()]
    try:
        for part, _ in modes:
            part.training = False
        yield
    finally:
        for part, mode in modes:
            part.training = mode
