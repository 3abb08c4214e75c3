"""Clip gradients, and measure their norm before and after."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import nn


class GradientNorms(NamedTuple):
    """2-norm of the gradient of all parameters, before and after clipping."""

    before: float
    after: float


def clip_gradients(
    parameters: Iterable[nn.Parameter], *, norm: float | None = None, value: float | None = None
) -> GradientNorms:
    """Clip the gradients in place, by their common norm or element by element.

    Parameters
    ----------
    parameters : iterable of nn.Parameter
    norm : float, optional
        Scale all gradients so that their common 2-norm is at most this: the direction stays.
    value : float, optional
        Cut every element to [-value, value]: the direction changes.

    Returns
    -------
    GradientNorms
        Both are equal if nothing was clipped. A gradient that is not finite is not clipped.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks",
    algorithm 1; by value: Mikolov (2012), "Statistical language models based on neural networks", chapter 3.

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.gradient_clipping import clip_gradients
    >>> weight = torch.nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([3.0, 4.0])
    >>> norms = clip_gradients([weight], norm=1.0)
    >>> norms.before, round(norms.after, 3)
    (5.0, 1.0)
    """
    clipped = list(parameters)
    before = _norm(clipped)
    if not math.isfinite(before):
        return GradientNorms(before, before)
    if norm is not None and before > norm:
        nn.utils.clip_grad_norm_(clipped, norm)
        return GradientNorms(before, _norm(clipped))
    if value is not None:
        nn.utils.clip_grad_value_(clipped, value)
        return GradientNorms(before, _norm(clipped))
    return GradientNorms(before, before)


def _norm(parameters: list[nn.Parameter]) -> float:
    norms = [torch.linalg.vector_norm(part.grad) for part in parameters if part.grad is not None]
    return float(torch.linalg.vector_norm(torch.stack(norms))) if norms else 0.0
