"""Time constants drawn uniformly up to the longest dependency."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gradviz.arguments import check_finite
from gradviz.models.initialisations.keep_bias import Recurrent, set_keep_bias


def chrono(
    modules: Sequence[Recurrent], /, *, t_max: float, generator: torch.Generator | None = None
) -> None:
    """Time constants from U[2, t_max]: b_f ~ log U[1, t_max - 1] and, in an LSTM, b_i = -b_f.

    In a GRU the update gate gets b_f, since z near 1 keeps the state.

    Parameters
    ----------
    modules : sequence of nn.LSTM, nn.GRU or their cells
    t_max : float
        Longest expected dependency in time steps, at least 2.
    generator : torch.Generator, optional
        By default the global one of torch.

    Raises
    ------
    ValueError
        If t_max is smaller, or is not a finite number.
    TypeError
        If a module lacks the gate or its bias.

    References
    ----------
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?".
    """
    longest = check_finite("t_max", t_max, at_least=2)

    def draw(units: int) -> Tensor:
        fraction = torch.rand(units, dtype=torch.float64, generator=generator)
        return torch.log(1 + (longest - 2) * fraction)

    set_keep_bias("chrono", modules, draw, mirror_input=True)
