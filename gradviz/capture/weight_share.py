"""The share of each time step in the gradient at the recurrent weight.

Step t adds ``δa_t h_{t-1}ᵀ`` to the gradient at U, a matrix of rank one for each sequence, whose norm is the
product of two norms.  ``δa_t`` is the gradient at the product with U: in a GRU's candidate it is ``r δn``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.layout import Block


def at_product_with_u(block: Block) -> Tensor | None:
    """The gradient at the product with U, (time, sample, gate, hidden).

    None if it is that at the pre-activations, which a cell then has in the same memory.
    """
    if block.recurrent_gradient.data_ptr() == block.grad_gates.data_ptr():
        return None
    return block.recurrent_gradient.unflatten(-1, block.grad_gates.shape[2:])


def log10_share(log10_at_product: Tensor, norm_before: Tensor) -> Tensor:
    """log10 of ``‖δa_t‖ ‖h_{t-1}‖``: -inf where either is exactly 0, +inf where it is not finite.

    Parameters
    ----------
    log10_at_product : Tensor, shape (time, sample, gate), float64
        log10 of the norm of the gradient at the product with U.
    norm_before : Tensor, shape (time, sample), float64
        Norm of the state that each step was given.
    """
    share = log10_at_product + torch.log10(norm_before).unsqueeze(-1)
    return share.masked_fill_(share.isnan(), torch.inf)  # 0 times infinity, as in the weight's gradient
