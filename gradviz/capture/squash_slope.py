"""The derivative of a squashing function, from its activation."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": lambda a: a.clamp(0, 1) * (1 - a.clamp(0, 1)),
    "tanh": lambda a: 1 - a.clamp(-1, 1).square(),
    "relu": lambda a: (a > 0).to(a.dtype),
    "exp": lambda a: a,
}


def squash_slope(name: str, activation: Tensor) -> Tensor:
    """The derivative at the pre-activation; an activation beyond the range by rounding counts as its end.

    Parameters
    ----------
    name : str
        A key of ``cell_descriptions.SQUASH``.
    activation : Tensor
        Output of the squashing function.

    Returns
    -------
    Tensor
        Of the same shape.
    """
    return SLOPES[name](activation)
