"""What the functions on a model take, and what each says where something else comes."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.capture.recurrent_modules import recurrent_layers
from gradviz.errors import CannotWatch, unknown_name
from gradviz.vocabulary import FORWARD, REVERSE

_ONE_OF = "an nn.RNN, nn.LSTM or nn.GRU"


def check_recurrent(module: Any) -> nn.RNNBase:
    """The module itself.

    Raises
    ------
    CannotWatch
        If it is no recurrent module; the message names those within it.
    """
    if isinstance(module, nn.RNNBase):
        return module
    kind = type(module).__name__
    within = recurrent_layers(module) if isinstance(module, nn.Module) else {}
    if within:
        names = ", ".join(f"model.{name}" for name in within)
        raise CannotWatch(
            f"{kind} is not {_ONE_OF} itself; give it {names}, with the input that goes in there"
        )
    raise CannotWatch(f"{kind} is not {_ONE_OF}, and has none within it")


def only_recurrent(model: nn.Module, name: str | None = None) -> nn.RNNBase:
    """A model's only recurrent module, or the one of that dotted name.

    Raises
    ------
    CannotWatch
        If there is none, or several and no name.
    UnknownName
        If there is none of that name.
    """
    within = recurrent_layers(model) if isinstance(model, nn.Module) else {}
    if not within:
        return check_recurrent(model)
    if name is not None:
        if name not in within:
            raise unknown_name("recurrent module", name, within)
        return within[name]
    if len(within) > 1:
        raise CannotWatch(
            f"{type(model).__name__} has several recurrent modules; choose one: {', '.join(within)}"
        )
    return next(iter(within.values()))


def check_input(module: nn.RNNBase, x: Any) -> None:
    """Raise unless the module can run on `x`.

    Raises
    ------
    CannotWatch
        For a PackedSequence.
    TypeError
        For what is no tensor.
    ValueError
        For a shape, dtype or length that does not fit.
    """
    if isinstance(x, PackedSequence):
        raise CannotWatch(
            "a PackedSequence has no common last step to linearise up to; "
            "give sequences of one length as a Tensor, one call for each length"
        )
    if not isinstance(x, Tensor):
        raise TypeError(f"x is {type(x).__name__}: must be a Tensor")
    dims = "(batch, time, input)" if module.batch_first else "(time, batch, input)"
    if x.dim() not in (2, 3) or x.shape[-1] != module.input_size:
        raise ValueError(
            f"x has shape {tuple(x.shape)}: must be {dims} or, of one sequence, (time, input), "
            f"with input = {module.input_size}"
        )
    if 0 in x.shape[:-1]:
        raise ValueError(f"x has shape {tuple(x.shape)}: must have at least one time step and one sequence")
    dtype = next(module.parameters()).dtype
    if x.dtype != dtype:
        raise ValueError(f"x is {x.dtype} and the module {dtype}; make them one with x.to({dtype})")


def check_place(module: nn.RNNBase, layer: int, direction: str) -> None:
    """Raise unless the module has that layer and direction.

    Raises
    ------
    UnknownName
        For another word than forward or reverse.
    ValueError
        For one that this module does not have.
    """
    if direction not in (FORWARD, REVERSE):
        raise unknown_name("direction", direction, (FORWARD, REVERSE))
    if direction == REVERSE and not module.bidirectional:
        raise ValueError("direction = 'reverse': this module is not bidirectional; use 'forward'")
    if layer not in range(module.num_layers):
        raise ValueError(f"layer = {layer}: must be from 0 to {module.num_layers - 1}")


def initial_state(module: nn.RNNBase, name: str, given: Tensor | None, x: Tensor) -> Tensor:
    """``h0`` or ``c0`` with a batch, zeros for None: (layers * directions, batch, size).

    Raises
    ------
    ValueError
        If it has another shape, or there is no cell state.
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
