"""The gradient that arrives at one state, by where it comes from."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Kind = Literal["carried", "direct", "within"]


class ArrivedGradient:
    """Sums over all backward passes, each of the state's own shape; None where nothing arrived.

    Attributes
    ----------
    total : Tensor or None
        Everything, after the user's own hooks.
    carried : Tensor or None
        What later calls have sent back to it.
    within : Tensor or None
        What the hidden state of a cell has sent to the cell state of the same call.
    direct : Tensor or None
        What has come in any other way.
    direct_is_known : bool
        False if direct and carried gradients went through one operation that could not be split.
    """

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.carried: Tensor | None = None
        self.within: Tensor | None = None
        self.direct: Tensor | None = None
        self.direct_is_known = True

    def add_total(self, gradient: Tensor | None) -> None:
        self.total = plus(self.total, gradient)

    def add(self, gradient: Tensor | None, kind: Kind) -> None:
        setattr(self, kind, plus(getattr(self, kind), gradient))

    @property
    def from_outside(self) -> Tensor | None:
        """The total without what comes from within the same call."""
        if self.total is None or self.within is None:
            return self.total
        return self.total - self.within

    def as_direct(self) -> ArrivedGradient:
        """The same total, all of it direct."""
        found = ArrivedGradient()
        found.total, found.within, found.direct = self.total, self.within, self.from_outside
        return found

    @property
    def unexplained(self) -> Tensor | None:
        """What the parts do not add up to, because the user's own hook has changed the gradient."""
        if self.total is None or not self.direct_is_known:
            return None
        parts = plus(plus(self.carried, self.direct), self.within)
        if parts is None:
            return self.total
        size = max(float(self.total.abs().max()), float(parts.abs().max()))
        rest = self.total - parts
        tolerance = 64 * torch.finfo(rest.dtype).eps * size
        return None if bool((rest.abs() <= tolerance).all()) else rest


def plus(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """The sum, of which either may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return one + other
