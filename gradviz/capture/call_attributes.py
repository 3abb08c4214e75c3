"""What a recording says of a call besides its arrays."""

from __future__ import annotations

import torch

from gradviz.recording.tree import DETAIL
from gradviz.vocabulary import COMPUTE_DTYPE, DTYPE


def call_attributes(
    full: bool, dtype: torch.dtype, computed_in: torch.dtype, *, batch: int, length: int
) -> dict[str, str | int | float]:
    """Attributes that every kind of call has.

    Parameters
    ----------
    full : bool
        Whether every unit is kept.
    dtype : dtype
        Of the input, or of the state where there is no input to see.
    computed_in : dtype
        Of the arithmetic, which autocast may have made coarser.
    batch, length : int
        Sequences, and time steps of the longest.
    """
    return {
        DETAIL: "full" if full else "norms",
        "batch_size": batch,
        "length": length,
        DTYPE: dtype_name(dtype),
        COMPUTE_DTYPE: dtype_name(computed_in),
    }


def dtype_name(dtype: torch.dtype) -> str:
    """``"float32"`` for ``torch.float32``."""
    return str(dtype).removeprefix("torch.")
