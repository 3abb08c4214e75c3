"""How large the input of a recurrent module is, and how much it changes."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz import vocabulary as v


def input_statistics(x: Tensor) -> dict[str, Tensor]:
    """Norm of the input, its change from step to step, and how far neighbouring sequences are apart.

    Parameters
    ----------
    x : Tensor, shape (time, sample, input)
        The recorded sequences' input, in real time; NaN after the end of a sequence.

    Returns
    -------
    dict of str to Tensor
        ``input_norm``, ``input_change``: (time, sample), 2-norms over features of ``x_t`` and of ``x_t -
        x_(t-1)``, which is NaN at the first step.  ``input_spread``: (time,), mean 2-norm of the difference
        between neighbouring recorded sequences; NaN if there is only one.
    """
    change = torch.full(x.shape[:2], torch.nan, dtype=x.dtype, device=x.device)
    change[1:] = torch.linalg.vector_norm(x[1:] - x[:-1], dim=-1)
    apart = torch.linalg.vector_norm(x[:, 1:] - x[:, :-1], dim=-1)
    return {
        v.INPUT_NORM: torch.linalg.vector_norm(x, dim=-1),
        v.INPUT_CHANGE: change,
        v.INPUT_SPREAD: apart.nanmean(1),
    }
