"""Checks of the arguments of functions on a model."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.capture.recurrent_modules import recurrent_layers
from gradviz.errors import CannotWatch
from gradviz.vocabulary import FORWARD, REVERSE

_ONE_OF = "an nn.RNN, nn.LSTM or nn.GRU"


def check_recurrent(module: Any) -> nn.RNNBase:
    """Return the module if it is recurrent.

    Raises
    ------
    CannotWatch
        If it is not; the message names the recurrent modules within it.
    """
    if isinstance(module, nn.RNNBase):
        return module
    kind = type(module).__name__
    within = recurrent_layers(module) if isinstance(module, nn.Module) else {}
    if within:
        names = ", ".join(f"model.{name}" for name in within)
        raise CannotWatch(f"{kind} is not {_ONE_OF} itself; pass {names}, and the input of that module")
    raise CannotWatch(f"{kind} is not {_ONE_OF}, and contains none")


def select_recurrent(model: nn.Module, name: str | None = None) -> nn.RNNBase:
    """Return the only recurrent module of a model, or the one with that dotted name.

    Raises
    ------
    CannotWatch
        If there is none, or there are several and no name is given.
    UnknownName
        If there is none with that name.
    """
    within = recurrent_layers(model) if isinstance(model, nn.Module) else {}
    if not within:
        return check_recurrent(model)
    if name is not None:
        return within[check_one_of("recurrent module", name, within)]
    if len(within) > 1:
        raise CannotWatch(
            f"{type(model).__name__} has several recurrent modules; choose one: {', '.join(within)}"
        )
    return next(iter(within.values()))


def check_input(module: nn.RNNBase, x: Any) -> None:
    """Check that the module can run on `x`.

    Raises
    ------
    CannotWatch
        If it is a PackedSequence.
    TypeError
        If it is not a tensor.
    ValueError
        If its shape, dtype or length does not fit.
    """
    if isinstance(x, PackedSequence):
        raise CannotWatch(
            "the sequences of a PackedSequence have different last steps; "
            "give sequences of one length as a Tensor, with one call for each length"
        )
    if not isinstance(x, Tensor):
        raise TypeError(f"x is {type(x).__name__}: must be a Tensor")
    dims = "(batch, time, input)" if module.batch_first else "(time, batch, input)"
    if x.dim() not in (2, 3) or x.shape[-1] != module.input_size:
        raise ValueError(
            f"x has shape {tuple(x.shape)}: must be {dims}, or (time, input) for one sequence, "
            f"with input = {module.input_size}"
        )
    if 0 in x.shape[:-1]:
        raise ValueError(f"x has shape {tuple(x.shape)}: must have at least one time step and one sequence")
    dtype = next(module.parameters()).dtype
    if x.dtype != dtype:
        raise ValueError(f"x is {x.dtype} and the module is {dtype}; convert the input with x.to({dtype})")


def check_place(module: nn.RNNBase, layer: int, direction: str) -> None:
    """Check that the module has that layer and direction.

    Raises
    ------
    UnknownName
        If the direction is neither ``"forward"`` nor ``"reverse"``.
    ValueError
        If this module does not have the layer or the direction.
    """
    check_one_of("direction", direction, (FORWARD, REVERSE))
    if direction == REVERSE and not module.bidirectional:
        raise ValueError("direction = 'reverse': this module is not bidirectional; use 'forward'")
    check_whole_number("layer", layer, at_least=0, at_most=module.num_layers - 1)


def initial_state(module: nn.RNNBase, name: str, given: Tensor | None, x: Tensor) -> Tensor:
    """``h0`` or ``c0`` with a batch dimension, (layers * directions, batch, size); zeros for None.

    Raises
    ------
    ValueError
        If it has another shape, or the module has no cell state.
    """
    if name == "c0" and given is not None and not isinstance(module, nn.LSTM):
        raise ValueError(f"c0 is given, but an nn.{type(module).__name__} has no cell state; leave it out")
    rows = module.num_layers * (2 if module.bidirectional else 1)
    size = module.proj_size or module.hidden_size if name == "h0" else module.hidden_size
    one = x.dim() == 2
    batch = 1 if one else x.shape[0 if module.batch_first else 1]
    if given is None:
        return x.new_zeros(rows, batch, size)
    shape = (rows, size) if one else (rows, batch, size)
    if given.shape != shape:
        raise ValueError(f"{name} has shape {tuple(given.shape)}: must be {shape} for this module and x")
    return given.to(x).view(rows, batch, size)
