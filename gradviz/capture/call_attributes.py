"""What a recording says of a call besides its arrays."""

from __future__ import annotations

import torch

from gradviz.recording.tree import DETAIL


def call_attributes(
    full: bool, dtype: torch.dtype, *, batch: int, length: int
) -> dict[str, str | int | float]:
    """Attributes that every kind of call has.

    Parameters
    ----------
    full : bool
        Whether every unit is kept.
    dtype : dtype
        Of the input, or of the state where there is no input to see.
    batch, length : int
        Sequences, and time steps of the longest.
    """
    return {
        DETAIL: "full" if full else "norms",
        "batch_size": batch,
        "length": length,
        "dtype": str(dtype).removeprefix("torch."),
    }
