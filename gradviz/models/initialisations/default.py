"""PyTorch's own initialisation."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.models.initialisations.keep_bias import Recurrent


def default(modules: Sequence[Recurrent], /) -> None:
    """PyTorch's own, drawn again: every weight and bias from U[-1/√H, 1/√H], so that gates stand near ½.

    It draws from torch's global generator, as PyTorch does.
    """
    for module in modules:
        module.reset_parameters()
