"""Spectral radius and largest singular value of a recurrent weight, gate by gate."""

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
    blocks = w_hh.double() if w_hr is None else w_hh.double() @ w_hr.double()
    blocks = blocks.view(gates, -1, blocks.shape[-1])
    if not torch.isfinite(blocks).all():
        unknown = torch.full((gates,), torch.nan, dtype=torch.float64)
        return {v.SPECTRAL_RADIUS: unknown, v.LARGEST_SINGULAR_VALUE: unknown}
    return {
        v.SPECTRAL_RADIUS: torch.linalg.eigvals(blocks).abs().amax(-1),
        v.LARGEST_SINGULAR_VALUE: torch.linalg.matrix_norm(blocks, ord=2),
    }
