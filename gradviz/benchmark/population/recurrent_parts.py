"""The recurrent part of a model: a layer, or cells for a loop, and how it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import nn

from gradviz.benchmark.population.setup import Setup
from gradviz.models.initialise import initialise

LAYERS: dict[str, tuple[type[nn.Module], dict[str, str]]] = {
    "rnn": (nn.RNN, {}),
    "rnn_relu": (nn.RNN, {"nonlinearity": "relu"}),
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
}
CELLS: dict[str, type[nn.Module]] = {
    "rnn": nn.RNNCell,
    "rnn_relu": nn.RNNCell,
    "lstm": nn.LSTMCell,
    "gru": nn.GRUCell,
}

STARTS: dict[str, Callable[[nn.Module, int], nn.Module]] = {
    "default": lambda module, length: module,
    "orthogonal": lambda module, length: initialise(module, "orthogonal"),
    "identity": lambda module, length: initialise(module, "identity", input_std=0.3),
    "forget_bias": lambda module, length: initialise(module, "forget_bias", value=2.0),
    "chrono": lambda module, length: initialise(module, "chrono", t_max=max(4, length)),
}
STARTS_OF = {
    "rnn": ("orthogonal",),
    "rnn_relu": ("orthogonal", "identity"),
    "lstm": ("default", "forget_bias", "chrono"),
    "gru": ("default", "forget_bias", "chrono"),
}


def recurrent_part(setup: Setup, inputs: int) -> nn.Module:
    """A layer, or the cells of a loop, initialised."""
    if setup.way == "cells":
        sizes = [inputs] + [setup.hidden] * (setup.layers - 1)
        _, options = LAYERS[setup.cell]
        part: nn.Module = nn.ModuleList(CELLS[setup.cell](size, setup.hidden, **options) for size in sizes)
    else:
        kind, options = LAYERS[setup.cell]
        part = kind(
            inputs,
            setup.hidden,
            num_layers=setup.layers,
            bidirectional=setup.directions == 2,
            batch_first=setup.axes == "batch_first",
            **options,
        )
    return STARTS[setup.start](part, setup.length)


def weights(module: nn.Module, prefix: str) -> Iterator[nn.Parameter]:
    """The parameters of a recurrent module whose names begin so, such as ``"weight_hh"``."""
    for name, parameter in module.named_parameters():
        if name.rpartition(".")[2].startswith(prefix):
            yield parameter


def set_gate_bias(module: nn.Module, gate: int, value: float) -> None:
    """Set the bias of one gate, in place; gates count from 0 in PyTorch's order."""
    for name, target in (("bias_ih", value), ("bias_hh", 0.0)):
        for weight, bias in zip(weights(module, "weight_hh"), weights(module, name), strict=True):
            size = weight.shape[1]
            bias.data[gate * size : (gate + 1) * size] = target
