"""Gates drawn uniformly from the unit interval."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gradviz.models.initialisations.keep_bias import Recurrent, set_keep_bias


def unit_gate(modules: Sequence[Recurrent], /, *, generator: torch.Generator | None = None) -> None:
    """Forget gates from U(0, 1), the uniform gate initialisation: b_f = logit U[1/H, 1 - 1/H].

    The input gate of an LSTM gets -b_f, as if it were tied to the forget gate as in the paper.  In a GRU
    the update gate gets b_f, since z near 1 keeps the state.  The time constants then have the heavy tail
    P(τ > t) = 1/t, up to τ = H.

    Parameters
    ----------
    modules : sequence of nn.LSTM, nn.GRU or their cells
    generator : torch.Generator, optional
        By default the global one of torch.

    Raises
    ------
    TypeError
        If a module lacks the gate or its bias.

    References
    ----------
    Gu, Gulcehre, Paine, Hoffman and Pascanu (2020), "Improving the gating mechanism of recurrent neural
    networks".
    """

    def draw(units: int) -> Tensor:
        edge = min(1 / units, 0.5)
        fraction = torch.rand(units, dtype=torch.float64, generator=generator)
        return torch.logit(edge + (1 - 2 * edge) * fraction)

    set_keep_bias("unit_gate", modules, draw, mirror_input=True)
