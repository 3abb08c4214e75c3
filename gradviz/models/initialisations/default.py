"""The default initialisation of PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.models.initialisations.keep_bias import Recurrent


def default(modules: Sequence[Recurrent], /) -> None:
    """Default of PyTorch: every weight and bias from U[-1/√H, 1/√H], so that gates are near ½.

    It draws from the global generator of torch, as PyTorch does.
    """
    for module in modules:
        module.reset_parameters()
