"""The recurrent modules of a model, by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from gradviz.capture.private_torch import calls_scripted
from gradviz.capture.wrapped_modules import original_model, original_modules
from gradviz.cells.cell_table import cell_functions
from gradviz.errors import CannotWatch

_FUNCTIONS = frozenset(function.__name__ for function in cell_functions())


def recurrent_layers(model: nn.Module) -> dict[str, nn.RNNBase]:
    """The ``nn.RNN``, ``nn.LSTM`` and ``nn.GRU`` of a model, without cells; see `recurrent_modules`."""
    return {name: part for name, part in recurrent_modules(model).items() if isinstance(part, nn.RNNBase)}


def recurrent_modules(
    model: nn.Module, matters: Callable[[str], bool] = lambda name: True
) -> dict[str, nn.RNNBase | nn.RNNCellBase]:
    """The recurrent modules of a model by their dotted names.

    Parameters
    ----------
    model : nn.Module
        If it is itself recurrent, its name is that of its class in lower case.  What ``torch.compile`` or
        ``DistributedDataParallel`` puts around a module does not appear in its name.
    matters : callable ``name -> bool``
        Whether a scripted recurrent module of this name is in the way.

    Returns
    -------
    dict of str to nn.Module
        Empty if there are none, as in a model whose recurrence is written by hand.

    Raises
    ------
    CannotWatch
        If the model is not a module, a recurrent module that matters is scripted or traced, or one has a
        name that a recording cannot hold.
    """
    if not isinstance(model, nn.Module):
        raise CannotWatch(f"record takes a torch.nn.Module, not {type(model).__name__}")
    found: dict[str, nn.RNNBase | nn.RNNCellBase] = {}
    for name, module in original_modules(original_model(model)):
        if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
            found[name or type(module).__name__.lower()] = module
        elif isinstance(module, torch.jit.ScriptModule) and calls_scripted(module, _FUNCTIONS):
            if not matters(name):
                continue
            place = f"module {name!r} of the model" if name else "the model"
            raise CannotWatch(
                f"{place} is scripted, so its layers cannot be seen; record the original module"
            )
    for name in found:
        if "/" in name:
            raise CannotWatch(
                f"the name of the recurrent module {name!r} contains '/'; rename it without one"
            )
    return found
