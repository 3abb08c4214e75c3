"""The attributes of a recorded call: sizes, dtypes and level of detail."""

from __future__ import annotations

import torch

from gradviz import vocabulary as v


def call_attributes(
    full: bool, dtype: torch.dtype, computed_in: str, *, batch: int, length: int
) -> dict[str, str | int | float]:
    """Attributes that every kind of call has in common.

    Parameters
    ----------
    full : bool
        Whether values of every unit are recorded.
    dtype : dtype
        Dtype of the input, or of the state if the input is not known.
    computed_in : str
        Name of the dtype of the arithmetic; see `replay_error.computed_in`.
    batch, length : int
        Number of sequences, and of time steps of the longest.
    """
    return {
        v.DETAIL: "full" if full else "norms",
        v.BATCH_SIZE: batch,
        v.LENGTH: length,
        v.DTYPE: dtype_name(dtype),
        v.COMPUTE_DTYPE: computed_in,
    }


def dtype_name(dtype: torch.dtype) -> str:
    """Name of a dtype without its prefix: ``"float32"`` for ``torch.float32``."""
    return str(dtype).removeprefix("torch.")
