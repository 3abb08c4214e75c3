"""One call of PyTorch's fused recurrent functions, run layer by layer so that each layer can be tapped.

Splitting changes no bit on the CPU: the fused functions do the same there, dropout between the layers
included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradviz.cells.layout import Weights
from gradviz.errors import CannotWatch

FUSED = {torch.lstm: "lstm", torch.gru: "gru", torch.rnn_tanh: "rnn", torch.rnn_relu: "rnn_relu"}
STEPWISE = {
    torch.lstm_cell: "nn.LSTMCell",
    torch.gru_cell: "nn.GRUCell",
    torch.rnn_tanh_cell: "nn.RNNCell",
    torch.rnn_relu_cell: "nn.RNNCell",
}


@dataclass(frozen=True)
class FusedCall:
    """The arguments of one call, by name.

    ``x``: (time, batch, input), time first whatever the module's layout.  ``h0``, ``c0``:
    (layers * directions, batch, hidden), ``c0`` None but for an LSTM.  ``weights``: one tuple of tensors
    a layer, both directions in it.
    """

    function: Callable[..., Any]
    cell: str
    x: Tensor
    h0: Tensor
    c0: Tensor | None
    weights: list[list[Tensor]]
    has_biases: bool
    dropout: float
    train: bool
    bidirectional: bool
    batch_first: bool

    @property
    def num_layers(self) -> int:
        return len(self.weights)

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    def needs_gradient(self) -> bool:
        """Whether a backward pass can come through this call."""
        tensors = [self.x, self.h0, *(w for layer in self.weights for w in layer)]
        if self.c0 is not None:
            tensors.append(self.c0)
        return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)


@dataclass(frozen=True)
class LayerCall:
    """One layer of a call as it ran: what its replay needs.

    ``x``: (time, batch, input); ``h0``, ``c0``: (directions, batch, hidden); ``out``: (time, batch,
    directions * hidden).  All detached.
    """

    cell: str
    layer: int
    x: Tensor
    h0: Tensor
    c0: Tensor | None
    out: Tensor
    weights: tuple[Weights, ...]  # one a direction


def parse_call(function: Callable[..., Any], module: str, args: tuple[Any, ...]) -> FusedCall:
    """Name the arguments of a fused call.

    Raises
    ------
    CannotWatch
        For packed sequences and projections.
    """
    if isinstance(args[1], Tensor) and args[1].dtype == torch.int64 and args[1].dim() == 1:
        raise CannotWatch(
            f"{module!r} was called with a PackedSequence, which cannot be recorded yet; "
            "give it the padded batch instead"
        )
    x, state, flat, has_biases, num_layers, dropout, train, bidirectional, batch_first = args
    cell = FUSED[function]
    h0, c0 = state if cell == "lstm" else (state, None)
    if c0 is not None and c0.shape[-1] != h0.shape[-1]:
        raise CannotWatch(
            f"{module!r} has proj_size={h0.shape[-1]}, which cannot be recorded yet; use proj_size=0"
        )
    each = len(flat) // num_layers
    return FusedCall(
        function=function,
        cell=cell,
        x=x.transpose(0, 1) if batch_first else x,
        h0=h0,
        c0=c0,
        weights=[list(flat[k * each : (k + 1) * each]) for k in range(num_layers)],
        has_biases=has_biases,
        dropout=dropout,
        train=train,
        bidirectional=bidirectional,
        batch_first=batch_first,
    )


def run_layers(call: FusedCall, on_layer: Callable[[LayerCall, tuple[Tensor, ...]], None]) -> tuple[Any, ...]:
    """Run the call natively, one layer at a time.

    Parameters
    ----------
    call : FusedCall
    on_layer : callable
        Is given each layer as it ran and its native outputs (out, h_n) or (out, h_n, c_n).

    Returns
    -------
    tuple of Tensor
        What the fused function returns.
    """
    x, last_states = call.x, []
    for layer in range(call.num_layers):
        rows = slice(layer * call.directions, (layer + 1) * call.directions)
        h0 = call.h0[rows]
        c0 = None if call.c0 is None else call.c0[rows]
        weights = call.weights[layer]
        state = h0 if c0 is None else (h0, c0)
        out, *last = call.function(
            x, state, weights, call.has_biases, 1, 0.0, call.train, call.bidirectional, False
        )
        ran = LayerCall(
            cell=call.cell,
            layer=layer,
            x=x.detach(),
            h0=h0.detach(),
            c0=None if c0 is None else c0.detach(),
            out=out.detach(),
            weights=tuple(_by_direction(weights, call.directions, call.has_biases)),
        )
        on_layer(ran, (out, *last))
        last_states.append(last)
        x = out
        if call.dropout and call.train and layer + 1 < call.num_layers:
            x = torch.dropout(x, call.dropout, True)
    out = x.transpose(0, 1) if call.batch_first else x
    if call.num_layers == 1:
        return (out, *last_states[0])
    return (out, *(torch.cat(states) for states in zip(*last_states, strict=True)))


def _by_direction(weights: list[Tensor], directions: int, has_biases: bool) -> Iterator[Weights]:
    each = len(weights) // directions
    for d in range(directions):
        w_ih, w_hh, *biases = (w.detach() for w in weights[d * each : (d + 1) * each])
        b_ih, b_hh = biases if has_biases else (None, None)
        yield Weights(w_ih, w_hh, b_ih, b_hh)
