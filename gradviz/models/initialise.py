"""Initialisations that decide how long a recurrent network remembers at the start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from gradviz.errors import CannotWatch, unknown_name
from gradviz.tasks.arguments import finite_number, need_options

Recurrent = nn.RNNBase | nn.RNNCellBase


def initialise(module: nn.Module, name: str, **options: Any) -> nn.Module:
    """Initialise every recurrent module in ``module``, in place; all of them or, on an error, none.

    Parameters
    ----------
    module : nn.Module
        An ``nn.RNN``, ``nn.LSTM``, ``nn.GRU``, one of their cells, or a model with some in it.
    name : {"default", "forget_bias"}
        ``"default"``: PyTorch's own, drawn again (from torch's global generator, as PyTorch does).
        ``"forget_bias"``: ``value=`` for the bias of an LSTM's forget gate, or of a GRU's update gate,
        where z near 1 keeps the state.  PyTorch adds two biases; it is their sum that is set.
    **options
        Of the initialisation.

    Returns
    -------
    nn.Module
        The same module.

    Raises
    ------
    UnknownName
        For another name or option.
    ValueError
        For a value that is not a finite number.
    TypeError
        When there is no recurrent module, or one that lacks the gate or its bias.

    References
    ----------
    Gers, Schmidhuber and Cummins (2000), "Learning to forget"; Jozefowicz, Zaremba and Sutskever (2015),
    "An empirical exploration of recurrent network architectures".
    """
    if name not in INITIALISATIONS:
        raise unknown_name("initialisation", name, INITIALISATIONS)
    need_options(f"the initialisation {name!r}", options, INITIALISATIONS[name])
    recurrent = [part for part in module.modules() if isinstance(part, Recurrent)]
    if not recurrent:
        raise CannotWatch(f"{type(module).__name__} has no nn.RNN, nn.LSTM or nn.GRU to initialise")
    with torch.no_grad():
        INITIALISATIONS[name](recurrent, **options)
    return module


def _default(modules: Sequence[Recurrent], /) -> None:
    for module in modules:
        module.reset_parameters()


def _forget_bias(modules: Sequence[Recurrent], /, *, value: float = 1.0) -> None:
    finite_number("value", value)
    for module in modules:
        _need_forget_bias(module)
    for module in modules:
        keeps = slice(module.hidden_size, 2 * module.hidden_size)  # second of i, f, g, o and of r, z, n
        for name, parameter in module.named_parameters():
            if name.startswith("bias_ih"):
                parameter[keeps] = value
            elif name.startswith("bias_hh"):
                parameter[keeps] = 0.0


def _need_forget_bias(module: Recurrent) -> None:
    kind = type(module).__name__
    if not isinstance(module, (nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell)):
        raise TypeError(f"{kind} has no forget gate; forget_bias is for nn.LSTM and nn.GRU")
    if not module.bias:
        raise TypeError(f"this {kind} was made with bias=False, so it has no forget bias")


INITIALISATIONS: dict[str, Callable[..., None]] = {"default": _default, "forget_bias": _forget_bias}
