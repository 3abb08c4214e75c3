"""The gradient that arrives at one state, by where it comes from."""

from __future__ import annotations

import torch
from torch import Tensor


class ArrivedGradient:
    """Sums over all backward passes, each of the state's own shape; None where nothing arrived.

    Attributes
    ----------
    total : Tensor or None
        Everything, after the user's own hooks.
    carried : Tensor or None
        What later calls have sent back to it, and what the same call's hidden state sends to its cell state.
    direct : Tensor or None
        What has come in any other way.
    direct_is_known : bool
        False if direct and carried gradients went through one operation that could not be split.
    """

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.carried: Tensor | None = None
        self.direct: Tensor | None = None
        self.direct_is_known = True

    def add_total(self, gradient: Tensor | None) -> None:
        self.total = plus(self.total, gradient)

    def add(self, gradient: Tensor | None, *, carried: bool) -> None:
        if carried:
            self.carried = plus(self.carried, gradient)
        else:
            self.direct = plus(self.direct, gradient)

    def as_direct(self) -> ArrivedGradient:
        """The same total, all of it direct."""
        found = ArrivedGradient()
        found.total = found.direct = self.total
        return found

    @property
    def unexplained(self) -> Tensor | None:
        """What the parts do not add up to, because the user's own hook has changed the gradient."""
        if self.total is None or not self.direct_is_known:
            return None
        parts = plus(self.carried, self.direct)
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

