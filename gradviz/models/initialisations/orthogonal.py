"""Recurrent weights that preserve the norm of the state."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from gradviz.arguments import check_finite
from gradviz.models.initialisations.keep_bias import Recurrent


def orthogonal(
    modules: Sequence[Recurrent], /, *, gain: float = 1.0, generator: torch.Generator | None = None
) -> None:
    """Set the recurrent weight of every gate to a random orthogonal matrix times a gain.

    All its singular values equal the gain.  If an LSTM has a ``proj_size`` the matrix is not square, and
    its columns are orthogonal.  Input weights and biases are not changed.

    Parameters
    ----------
    modules : sequence of nn.RNN, nn.LSTM, nn.GRU or their cells
    gain : float
        Above 0.
    generator : torch.Generator, optional
        By default the global one of torch.

    Raises
    ------
    ValueError
        If the gain is not positive and finite.

    References
    ----------
    Saxe, McClelland and Ganguli (2014), "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks"; Henaff, Szlam and LeCun (2016), "Recurrent orthogonal networks and long-memory
    tasks".
    """
    check_finite("gain", gain, above=0)
    for module in modules:
        for name, weight in module.named_parameters():
            if name.startswith("weight_hh"):
                for block in weight.split(module.hidden_size):
                    nn.init.orthogonal_(block, gain, generator=generator)
