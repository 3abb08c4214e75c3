"""Norm, spectral radius and largest singular value of a recurrent weight, gate by gate."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz import vocabulary as v


def spectrum(w_hh: Tensor, gates: int, w_hr: Tensor | None = None) -> dict[str, Tensor]:
    """Spectral radius and largest singular value of each gate's block of the recurrent weight.

    Parameters
    ----------
    w_hh : Tensor, shape (gates * hidden, state)
    gates : int
    w_hr : Tensor, shape (state, hidden), optional
        Projection of an LSTM with ``proj_size``; a block is then the product ``U W_hr``, which maps m to the
        pre-activations of the next step.

    Returns
    -------
    dict of str to Tensor, shape (gate,)
        NaN for a weight that is not finite.
    """
    blocks = _blocks(w_hh.double(), gates, None if w_hr is None else w_hr.double())
    if not torch.isfinite(blocks).all():
        unknown = torch.full((gates,), torch.nan, dtype=torch.float64)
        return {v.SPECTRAL_RADIUS: unknown, v.LARGEST_SINGULAR_VALUE: unknown}
    return {
        v.SPECTRAL_RADIUS: torch.linalg.eigvals(blocks).abs().amax(-1),
        v.LARGEST_SINGULAR_VALUE: torch.linalg.matrix_norm(blocks, ord=2),
    }


def weight_norm(w_hh: Tensor, gates: int, w_hr: Tensor | None = None) -> dict[str, Tensor]:
    """Frobenius norm of each gate's block of the recurrent weight.

    Parameters
    ----------
    w_hh : Tensor, shape (gates * hidden, state)
    gates : int
    w_hr : Tensor, shape (state, hidden), optional
        As in `spectrum`.

    Returns
    -------
    dict of str to Tensor, shape (gate,)
    """
    return {v.RECURRENT_WEIGHT_NORM: torch.linalg.vector_norm(_blocks(w_hh, gates, w_hr), dim=(1, 2))}


def _blocks(w_hh: Tensor, gates: int, w_hr: Tensor | None) -> Tensor:
    """(gate, hidden, state or hidden)."""
    blocks = w_hh if w_hr is None else w_hh @ w_hr
    return blocks.view(gates, -1, blocks.shape[-1])
