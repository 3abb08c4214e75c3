"""The recurrent modules of a model, by name."""

from __future__ import annotations

import torch
from torch import nn

from gradviz.capture.private_torch import original_model
from gradviz.errors import CannotWatch


def recurrent_layers(model: nn.Module) -> dict[str, nn.RNNBase]:
    """The ``nn.RNN``, ``nn.LSTM`` and ``nn.GRU`` of a model, without cells; see `recurrent_modules`."""
    return {name: part for name, part in recurrent_modules(model).items() if isinstance(part, nn.RNNBase)}


def recurrent_modules(model: nn.Module) -> dict[str, nn.RNNBase | nn.RNNCellBase]:
    """The recurrent modules of a model by their dotted names.

    Parameters
    ----------
    model : nn.Module
        If it is itself recurrent, its name is that of its class in lower case.

    Returns
    -------
    dict of str to nn.Module
        Empty if there are none, as in a model whose recurrence is written by hand.

    Raises
    ------
    CannotWatch
        If the model is not a module, or is scripted, or a recurrent module has a name that a recording
        cannot hold.
    """
    if not isinstance(model, nn.Module):
        raise CannotWatch(f"record takes a torch.nn.Module, not {type(model).__name__}")
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            place = f"module {name!r} of the model" if name else "the model"
            raise CannotWatch(
                f"{place} is scripted, so its layers cannot be seen; record the original module"
            )
    found = {
        name or type(model).__name__.lower(): module
        for name, module in original_model(model).named_modules()
        if isinstance(module, (nn.RNNBase, nn.RNNCellBase))
    }
    for name in found:
        if "/" in name:
            raise CannotWatch(
                f"the name of the recurrent module {name!r} contains '/'; rename it without one"
            )
    return found
