"""How much a batch of outputs or of targets differs between its sequences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

_AT_ONCE = 1 << 20  # elements that are converted to float64 at a time


def as_batch(name: str, value: Any) -> Tensor:
    """The tensor of a batch, without its graph.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : Tensor, array or list of numbers, shape (batch, ...)

    Raises
    ------
    TypeError
        If it is not a dense tensor, nor can be converted to one.
    ValueError
        If it has no batch axis.
    """
    try:
        found = value.detach() if isinstance(value, Tensor) else torch.tensor(np.array(value, order="C"))
    except (TypeError, ValueError, RuntimeError) as error:
        raise _not_a_tensor(name, type(value).__name__) from error
    if found.layout != torch.strided or found.is_nested:
        raise _not_a_tensor(name, "nested tensor" if found.is_nested else f"tensor of layout {found.layout}")
    if found.dim() == 0:
        raise ValueError(
            f"{name} is a single number, and must have the batch as its first axis: (batch, ...); a metric "
            f"named {name!r} needs another name"
        )
    return found


def check_same_batch(output: Tensor, target: Tensor) -> None:
    """Raise ValueError if outputs and targets are of batches of different sizes."""
    if len(output) != len(target):
        raise ValueError(
            f"output has shape {tuple(output.shape)} and target {tuple(target.shape)}: the first axis of "
            "both must be the batch, and of the same size"
        )


def batch_spread(values: Tensor) -> float:
    """Spread over the batch, the first axis; 0 if all sequences of the batch are equal.

    Parameters
    ----------
    values : Tensor, shape (batch, ...)
        Numbers or, as integers or booleans, classes.

    Returns
    -------
    float
        For numbers the standard deviation over the batch (divided by the size of the batch, not by one less),
        as root mean square over all other axes; NaN if one of them is not finite.  For classes the Gini
        impurity 1 - Σ p_k², where p_k is the fraction of class k in the batch, as mean over all other axes.
        NaN for a batch of one and for an empty one.

    Examples
    --------
    >>> import torch
    >>> from gradviz.capture.batch_spread import batch_spread
    >>> batch_spread(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))  # standard deviations 1 and 0
    0.7071067811865476
    >>> batch_spread(torch.tensor([0, 0, 0, 1]))  # 1 - (3/4)² - (1/4)²
    0.375
    """
    batch, each = len(values), values.numel() // max(len(values), 1)
    if batch < 2 or not each:
        return math.nan
    columns = values.detach().reshape(batch, each)
    measure = _variance if columns.is_floating_point() or columns.is_complex() else _impurity
    width = max(1, _AT_ONCE // batch)
    mean = sum(float(measure(part).sum()) for part in columns.split(width, dim=1)) / each
    return math.sqrt(mean) if measure is _variance else mean


def _variance(columns: Tensor) -> Tensor:
    """(batch, n) to (n,)."""
    if columns.is_complex():
        return _variance(columns.real) + _variance(columns.imag)
    return columns.to(_finest(columns)).var(0, correction=0)


def _finest(values: Tensor) -> torch.dtype:
    return torch.float32 if values.device.type == "mps" else torch.float64  # which has no float64


def _impurity(columns: Tensor) -> Tensor:
    """(batch, n) to (n,)."""
    ordered = columns.sort(dim=0).values
    place = torch.arange(len(ordered), device=ordered.device).unsqueeze(1)  # (batch, 1)
    begins = torch.ones_like(ordered, dtype=torch.bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    first = torch.where(begins, place, 0).cummax(0).values  # of the same class
    # The k-th of a class adds 2k - 1, so n of them add n².
    squares = (2 * (place - first) + 1).sum(0)
    return 1 - squares.to(_finest(columns)) / len(ordered) ** 2


def _not_a_tensor(name: str, kind: str) -> TypeError:
    return TypeError(
        f"{name} is a {kind}: must be a dense tensor, or an array of numbers, of shape (batch, ...), for "
        "example what the loss was computed from"
    )
