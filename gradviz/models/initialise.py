"""Initialisations that decide how long a recurrent network remembers at the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from gradviz.errors import CannotWatch, unknown_name


def initialise(module: nn.Module, name: str, **options: Any) -> nn.Module:
    """Initialise every recurrent module in ``module``, in place.

    Parameters
    ----------
    module : nn.Module
        An ``nn.RNN``, ``nn.LSTM``, ``nn.GRU``, or a model with some in it.
    name : {"default", "forget_bias"}
        ``"default"``: PyTorch's own, drawn again.  ``"forget_bias"``: ``value=`` for the bias of an
        LSTM's forget gate, or of a GRU's update gate, where z near 1 keeps the state.  PyTorch adds two
        biases; it is their sum that is set.
    **options
        Of the initialisation.

    Returns
    -------
    nn.Module
        The same module.

    Raises
    ------
    UnknownName
        For another name.
    TypeError
        When there is no recurrent module, or a plain RNN is asked for a gate it does not have.

    References
    ----------
    Gers, Schmidhuber and Cummins (2000), "Learning to forget"; Jozefowicz, Zaremba and Sutskever (2015),
    "An empirical exploration of recurrent network architectures".
    """
    if name not in INITIALISATIONS:
        raise unknown_name("initialisation", name, INITIALISATIONS)
    recurrent = [part for part in module.modules() if isinstance(part, nn.RNNBase)]
    if not recurrent:
        raise CannotWatch(f"{type(module).__name__} has no nn.RNN, nn.LSTM or nn.GRU to initialise")
    with torch.no_grad():
        for part in recurrent:
            INITIALISATIONS[name](part, **options)
    return module


def _default(module: nn.RNNBase) -> None:
    module.reset_parameters()


def _forget_bias(module: nn.RNNBase, *, value: float = 1.0) -> None:
    """Gate order is i, f, g, o and r, z, n: the gate that keeps is the second of either."""
    if not isinstance(module, (nn.LSTM, nn.GRU)):
        raise TypeError(f"{type(module).__name__} has no forget gate; forget_bias is for nn.LSTM and nn.GRU")
    if not module.bias:
        raise TypeError(f"this {type(module).__name__} was made with bias=False, so it has no forget bias")
    keeps = slice(module.hidden_size, 2 * module.hidden_size)
    for name, parameter in module.named_parameters():
        if name.startswith("bias_ih"):
            parameter[keeps] = value
        elif name.startswith("bias_hh"):
            parameter[keeps] = 0.0


INITIALISATIONS: dict[str, Callable[..., None]] = {"default": _default, "forget_bias": _forget_bias}
