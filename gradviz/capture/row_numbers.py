"""The numbers of sequences whose rows come and go along a loop."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def numbered(rows: Tensor, known: Iterable[Tensor]) -> Tensor:
    """Give every new sequence a number: that of its row, or the next one that is free.

    Parameters
    ----------
    rows : Tensor of int, shape (batch,)
        The number of each row's sequence, -1 for a new one.
    known : iterable of Tensor of int, shape (batch,)
        The numbers in use so far.

    Returns
    -------
    Tensor of int, shape (batch,)
    """
    if bool((rows >= 0).all()):
        return rows
    used = set(torch.cat(list(known)).tolist())
    numbers = rows.tolist()
    for row, number in enumerate(numbers):
        if number < 0:
            numbers[row] = row if row not in used else max(used) + 1
            used.add(numbers[row])
    return torch.tensor(numbers, device=rows.device)
