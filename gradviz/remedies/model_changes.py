"""Remedies on a model. Each returns the model, which is another one only if the model itself was replaced."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.errors import unknown_name
from gradviz.models.initialise import initialise
from gradviz.remedies.not_possible import NotPossible

_OUTPUT = 3  # of an LSTM's gates i, f, g, o


def initialise_part(model: nn.Module, /, *, scheme: str, module: str = "", **options: Any) -> nn.Module:
    """Initialise the recurrent modules of a part of the model, as `gradviz.initialise` does.

    Parameters
    ----------
    model : nn.Module
    scheme : str
        Name of the initialisation.
    module : str
        Dotted name of the part; empty for the whole model.
    **options
        Options of the initialisation.

    Returns
    -------
    nn.Module
    """
    initialise(part_named(model, module), scheme, **options)
    return model


def replace_by_gru(model: nn.Module, /, *, module: str, t_max: float) -> nn.Module:
    """Put a GRU of the same sizes in the place of a plain RNN, with time constants up to ``t_max``.

    Parameters
    ----------
    model : nn.Module
    module : str
        Dotted name of an ``nn.RNN`` or ``nn.RNNCell``.
    t_max : float
        Longest dependency in time steps; see the initialisation ``"chrono"``.

    Returns
    -------
    nn.Module
        The GRU itself, if the model is the RNN.

    Raises
    ------
    NotPossible
        If the part is not a plain RNN: an LSTM returns other states than a GRU.
    """
    old = part_named(model, module)
    new = _gru_like(old).train(old.training)
    weight = next(old.parameters())
    new.to(device=weight.device, dtype=weight.dtype)
    initialise(new, "chrono", t_max=t_max)
    if old is model:
        return new
    for parent in list(model.modules()):
        for name, child in list(parent._modules.items()):  # named_children gives a module only once
            if child is old:
                setattr(parent, name, new)
    return model


def _gru_like(old: nn.Module) -> nn.Module:
    if isinstance(old, nn.RNNCell):
        return nn.GRUCell(old.input_size, old.hidden_size)
    if isinstance(old, nn.RNN):
        return nn.GRU(
            old.input_size,
            old.hidden_size,
            num_layers=old.num_layers,
            batch_first=old.batch_first,
            dropout=old.dropout,
            bidirectional=old.bidirectional,
        )
    raise NotPossible(
        f"{type(old).__name__} is not an nn.RNN or nn.RNNCell; only these return the same states as a GRU"
    )


def open_output_gate(model: nn.Module, /, *, module: str) -> nn.Module:
    """Set the biases of an LSTM's output gate to 0, in all layers and directions.

    Parameters
    ----------
    model : nn.Module
    module : str
        Dotted name of an ``nn.LSTM`` or ``nn.LSTMCell``.

    Returns
    -------
    nn.Module

    Raises
    ------
    NotPossible
        If the part is not an LSTM, or has no biases.
    """
    part = part_named(model, module)
    if not isinstance(part, (nn.LSTM, nn.LSTMCell)) or not part.bias:
        raise NotPossible(
            f"{type(part).__name__} has no output gate with a bias; an nn.LSTM with bias=True has"
        )
    units = slice(_OUTPUT * part.hidden_size, (_OUTPUT + 1) * part.hidden_size)
    with torch.no_grad():
        for name, weight in part.named_parameters():
            if name.startswith("bias"):
                weight[units] = 0.0
    return model


def set_batch_first(model: nn.Module, /, *, module: str, value: bool) -> nn.Module:
    """Set which axis of its input a layer takes for the batch.

    Parameters
    ----------
    model : nn.Module
    module : str
        Dotted name of an ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``.
    value : bool

    Returns
    -------
    nn.Module

    Raises
    ------
    NotPossible
        If the part is not one of them.
    """
    part = part_named(model, module)
    if not isinstance(part, nn.RNNBase):
        raise NotPossible(f"{type(part).__name__} has no batch_first; nn.RNN, nn.LSTM and nn.GRU have")
    part.batch_first = value
    return model


def unfreeze(model: nn.Module, /, *, module: str) -> nn.Module:
    """Let all parameters of a part of the model be trained.

    Parameters
    ----------
    model : nn.Module
    module : str
        Dotted name of the part.

    Returns
    -------
    nn.Module
    """
    part_named(model, module).requires_grad_(True)
    return model


def part_named(model: nn.Module, name: str) -> nn.Module:
    """A part of a model by its dotted name, or by its name in a recording.

    Parameters
    ----------
    model : nn.Module
    name : str
        Empty for the model itself.

    Returns
    -------
    nn.Module

    Raises
    ------
    UnknownName
        If the model has no such part.
    """
    parts = {**dict(model.named_modules()), **recurrent_modules(model)}
    if name not in parts:
        raise unknown_name(f"part of {type(model).__name__}", name, [each for each in parts if each])
    return parts[name]
