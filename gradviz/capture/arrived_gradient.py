"""The gradient that arrives at one state, by where it comes from."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Kind(NamedTuple):
    """Where a gradient comes from.

    ``way``: ``"carried"`` by a later call of ``module``, ``"within"`` the same call, or ``"direct"``.
    """

    way: str
    module: str = ""


WITHIN, DIRECT = Kind("within"), Kind("direct")


class ArrivedGradient:
    """Sums over all backward passes, each of the state's own shape; None where nothing arrived.

    Attributes
    ----------
    total : Tensor or None
        Everything, after the user's own hooks.
    carried : Tensor or None
        What later calls of the same module have sent back to it.
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
        if torch.equal(self.total, parts):  # the usual case, which needs none of the rest
            return None
        size = max(float(self.total.abs().max()), float(parts.abs().max()))
        rest = self.total - parts
        tolerance = 64 * torch.finfo(rest.dtype).eps * size
        return None if bool((rest.abs() <= tolerance).all()) else rest


class GradientParts:
    """Collects what arrives at one place, by its kind.

    Attributes
    ----------
    total : Tensor or None
    by_kind : dict of Kind to Tensor
    is_known : bool
        False if gradients of several kinds went through one operation that could not be split.
    arrivals : int
        How often a gradient has arrived.
    """

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.by_kind: dict[Kind, Tensor] = {}
        self.is_known = True
        self.arrivals = 0

    def add_total(self, gradient: Tensor | None) -> None:
        self.arrivals += 1
        self.total = plus(self.total, gradient)

    def add(self, gradient: Tensor, kind: Kind) -> None:
        before = self.by_kind.get(kind)
        self.by_kind[kind] = gradient if before is None else before + gradient

    @property
    def sum(self) -> Tensor | None:
        """Of all kinds."""
        found: Tensor | None = None
        for part in self.by_kind.values():
            found = plus(found, part)
        return found

    def seen_by(self, module: str) -> ArrivedGradient:
        """As the calls of a module see it: what calls of another one have sent is direct."""
        found = ArrivedGradient()
        found.total, found.direct_is_known = self.total, self.is_known
        for kind, part in self.by_kind.items():
            if kind.way == "within":
                found.within = part
            elif kind == Kind("carried", module):
                found.carried = part
            else:
                found.direct = plus(found.direct, part)
        return found


def plus(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """The sum, of which either may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return one + other
