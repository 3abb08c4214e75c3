"""Recurrent weights that pass the state on unchanged."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from gradviz.arguments import check_finite
from gradviz.models.initialisations.keep_bias import Recurrent


def identity(
    modules: Sequence[Recurrent],
    /,
    *,
    scale: float = 1.0,
    input_std: float | None = None,
    generator: torch.Generator | None = None,
) -> None:
    """IRNN: the recurrent weight of a plain RNN is the identity times a scale, and its biases are 0.

    It is meant for ``nonlinearity="relu"``: without input, a state without negative elements is then
    passed on exactly, times the scale.  A tanh would squash it.

    Parameters
    ----------
    modules : sequence of nn.RNN or nn.RNNCell
    scale : float
        1 for long dependencies; the paper uses 0.01 where short ones matter.
    input_std : float, optional
        Draw the input weights from N(0, input_std²); the paper uses 0.001.  By default they are not
        changed.
    generator : torch.Generator, optional
        By default the global one of torch.

    Raises
    ------
    ValueError
        If the scale is not finite, or the standard deviation is not positive.
    TypeError
        If a module has gates: there the gates keep the state, not the recurrent weight.

    References
    ----------
    Le, Jaitly and Hinton (2015), "A simple way to initialize recurrent networks of rectified linear units".
    """
    check_finite("scale", scale)
    if input_std is not None:
        check_finite("input_std", input_std, above=0)
    for module in modules:
        if not isinstance(module, (nn.RNN, nn.RNNCell)):
            raise TypeError(
                f"identity is for a plain RNN; in {type(module).__name__} a gate keeps the state: "
                "use forget_bias, chrono or unit_gate, or orthogonal for its recurrent weights"
            )
    for module in modules:
        for name, weight in module.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.eye_(weight).mul_(scale)
            elif name.startswith("bias"):
                nn.init.zeros_(weight)
            elif input_std is not None:
                nn.init.normal_(weight, 0.0, input_std, generator=generator)
