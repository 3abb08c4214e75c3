"""The gradient at every wire of a cell's diagram, by autograd through the cell's equations.

Each wire is a tensor of its own, so that autograd gives the gradient that flows back along this wire alone,
and not along others that leave the same place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

WIRES = {
    "rnn": ("h_before", "recurrent", "x", "input", "sum", "h"),
    "lstm": (
        *("c_before", "kept", "written", "c", "c_after", "read", "squashed", "h"),
        *("forget", "input", "candidate", "output"),
        *("x.forget", "x.input", "x.candidate", "x.output"),
        *("h.forget", "h.input", "h.candidate", "h.output"),
        *("h_before", "h_but_forget", "h_but_input"),
    ),
    "gru": (
        *("h_before", "past", "kept", "written", "h"),
        *("reset", "update", "candidate", "update.keeps", "update.writes", "one_minus_update"),
        *("x.reset", "x.update", "x.candidate"),
        *("into_gates", "h.update", "h_but_update", "h.reset", "h.candidate", "u", "reset_u"),
    ),
}
"""Names of a cell's wires.  ``x.GATE`` and ``h.GATE`` enter a gate, ``GATE`` leaves it."""

Wire = Callable[[str, Tensor], Tensor]
_States = tuple[Tensor, ...]


class Wires(NamedTuple):
    """What a cell's wires carried, by the names in ``WIRES``.

    Attributes
    ----------
    values : dict of str to Tensor, shape (time, batch, ...)
        Forwards.
    gradients : dict of str to Tensor, shape (time, batch)
        Norm of the gradient that flowed back along the wire; 0 where it leads to no loss.
    """

    values: dict[str, Tensor]
    gradients: dict[str, Tensor]


def run_wires(layer: nn.RNNBase, inputs: Tensor, loss: Callable[[Tensor], Tensor]) -> Wires:
    """Run an RNN, LSTM or GRU forwards and backwards over sequences, wire by wire.

    Parameters
    ----------
    layer : nn.RNN, nn.LSTM or nn.GRU
        With one layer and one direction, tanh in an RNN, and biases.
    inputs : Tensor, shape (batch, time, input)
    loss : callable
        Takes the last hidden state, shape (batch, hidden).

    Returns
    -------
    Wires
    """
    step, count = _CELLS[layer.mode]
    carried: dict[str, list[Tensor]] = defaultdict(list)

    def wire(name: str, tensor: Tensor) -> Tensor:
        copy = tensor.clone()
        copy.retain_grad()
        carried[name].append(copy)
        return copy

    zeros = inputs.new_zeros(len(inputs), layer.hidden_size).requires_grad_()
    states: _States = (zeros,) * count
    for x in inputs.requires_grad_().unbind(1):
        states = step(layer, x, states, wire)
    loss(states[0]).backward()
    return Wires(
        {name: torch.stack(tensors).detach() for name, tensors in carried.items()},
        {name: torch.stack([_norm(tensor) for tensor in tensors]) for name, tensors in carried.items()},
    )


def _norm(tensor: Tensor) -> Tensor:
    """Norm of a tensor's gradient, shape (batch,)."""
    return tensor.new_zeros(len(tensor)) if tensor.grad is None else tensor.grad.norm(dim=-1)


def _parts(layer: nn.RNNBase, count: int) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Input weight, recurrent weight and both biases, of every gate in PyTorch's order."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return list(zip(*(layer.get_parameter(name).chunk(count) for name in names), strict=True))


def _rnn(layer: nn.RNNBase, x: Tensor, states: _States, wire: Wire) -> _States:
    ((w, u, b, c),) = _parts(layer, 1)
    recurrent = wire("recurrent", wire("h_before", states[0]) @ u.T)
    given = wire("input", wire("x", x) @ w.T)
    return (wire("h", torch.tanh(wire("sum", recurrent + given + b + c))),)


def _lstm(layer: nn.RNNBase, x: Tensor, states: _States, wire: Wire) -> _States:
    h_before = wire("h_before", states[0])
    after_forget = wire("h_but_forget", h_before)
    after_input = wire("h_but_input", after_forget)
    sources = {"input": after_forget, "forget": h_before, "candidate": after_input, "output": after_input}
    gates = {}
    for (name, h), (w, u, b, c) in zip(sources.items(), _parts(layer, 4), strict=True):
        before = wire(f"x.{name}", x) @ w.T + wire(f"h.{name}", h) @ u.T + b + c
        gates[name] = wire(name, torch.tanh(before) if name == "candidate" else torch.sigmoid(before))
    kept = wire("kept", gates["forget"] * wire("c_before", states[1]))
    written = wire("written", gates["input"] * gates["candidate"])
    c = wire("c", kept + written)
    h = wire("h", gates["output"] * wire("squashed", torch.tanh(wire("read", c))))
    return h, wire("c_after", c)


def _gru(layer: nn.RNNBase, x: Tensor, states: _States, wire: Wire) -> _States:
    (w_r, u_r, b_r, c_r), (w_z, u_z, b_z, c_z), (w_n, u_n, b_n, c_n) = _parts(layer, 3)
    h_before = wire("h_before", states[0])
    into_gates = wire("into_gates", h_before)
    beyond = wire("h_but_update", into_gates)
    r = torch.sigmoid(wire("x.reset", x) @ w_r.T + wire("h.reset", beyond) @ u_r.T + b_r + c_r)
    z = torch.sigmoid(wire("x.update", x) @ w_z.T + wire("h.update", into_gates) @ u_z.T + b_z + c_z)
    r, z = wire("reset", r), wire("update", z)
    u = wire("u", wire("h.candidate", beyond) @ u_n.T + c_n)
    n = wire("candidate", torch.tanh(wire("x.candidate", x) @ w_n.T + b_n + wire("reset_u", r * u)))
    kept = wire("kept", wire("update.keeps", z) * wire("past", h_before))
    rest = wire("one_minus_update", 1 - wire("update.writes", z))
    return (wire("h", kept + wire("written", rest * n)),)


_CELLS: dict[str, tuple[Callable[[nn.RNNBase, Tensor, _States, Wire], _States], int]] = {
    "RNN_TANH": (_rnn, 1),
    "LSTM": (_lstm, 2),
    "GRU": (_gru, 1),
}
