"""Which sequences of a batch are recorded."""

from __future__ import annotations

import torch
from torch import Tensor


def chosen_samples(batch: int, samples: int | None, device: torch.device) -> Tensor:
    """Indices of the recorded sequences, evenly spaced, the first and the last among them.

    Parameters
    ----------
    batch : int
        Number of sequences in the batch.
    samples : int or None
        How many are recorded; None for all.
    device : torch.device

    Returns
    -------
    Tensor of int, shape (sample,)
    """
    if samples is None or samples >= batch:
        return torch.arange(batch, device=device)
    return torch.arange(samples, device=device) * (batch - 1) // max(samples - 1, 1)
