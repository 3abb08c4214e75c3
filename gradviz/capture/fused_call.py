"""One call of PyTorch's fused recurrent functions, run layer by layer so that each can have a hook.

On the CPU the result is bit-identical, dropout between the layers included, because the fused functions
themselves run layer by layer there.  A packed sequence stays packed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradviz.capture.between_layers import dropout_factor
from gradviz.capture.in_place_of import run_natively
from gradviz.capture.sequence_layout import PackedLayout, PaddedLayout, SequenceLayout
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Weights


@dataclass(frozen=True)
class FusedCall:
    """The arguments of one call, by name.

    ``x``: (time, batch, input), always time first, or (data, input) with ``batch_sizes``
    (time,) if it is packed.  ``h0``: (layers * directions, batch, state); ``c0``: (layers * directions,
    batch, hidden), None for cells other than the LSTM.  ``weights``: for each layer one list of tensors, with
    both directions in it.
    """

    spec: CellSpec
    x: Tensor
    batch_sizes: Tensor | None
    h0: Tensor
    c0: Tensor | None
    weights: list[list[Tensor]]
    has_biases: bool
    dropout: float
    train: bool
    bidirectional: bool
    batch_first: bool

    @property
    def function(self) -> Callable[..., Any]:
        """The fused function."""
        if self.spec.layer_function is None:
            raise ValueError(f"the cell {self.spec.name!r} has no fused function")
        return self.spec.layer_function

    @property
    def num_layers(self) -> int:
        return len(self.weights)

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def batch(self) -> int:
        return self.h0.shape[1]

    @property
    def hidden_size(self) -> int:
        return (self.h0 if self.c0 is None else self.c0).shape[-1]

    @property
    def states(self) -> tuple[Tensor, ...]:
        """The incoming states: h, or h and c."""
        return (self.h0,) if self.c0 is None else (self.h0, self.c0)

    def needs_gradient(self) -> bool:
        """Whether a backward pass can reach this call."""
        tensors = [self.x, self.h0, *(w for layer in self.weights for w in layer)]
        if self.c0 is not None:
            tensors.append(self.c0)
        return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)

    def layout(self, samples: Tensor, unsorted: Tensor | None, direction: int) -> SequenceLayout:
        """How one direction processes the chosen sequences.

        ``samples``: (sample,), indices in the batch; ``unsorted``: (batch,), the place of each sequence
        of the batch among the sorted ones of a packed sequence, None if the batch was sorted already.
        """
        if self.batch_sizes is None:
            return PaddedLayout(len(self.x), samples, batch=self.batch, reverse=bool(direction))
        places = samples if unsorted is None else unsorted[samples]
        return PackedLayout(self.batch_sizes, places, reverse=bool(direction))

    def run_layer(self, x: Tensor, layer: int) -> tuple[Tensor, ...]:
        """Run one layer natively over ``x``, which has the layout of the call's own input."""
        rows = slice(layer * self.directions, (layer + 1) * self.directions)
        state = self.h0[rows] if self.c0 is None else (self.h0[rows], self.c0[rows])
        settings = (self.weights[layer], self.has_biases, 1, 0.0, self.train, self.bidirectional)
        with warnings.catch_warnings():
            # cuDNN keeps the weights of all layers in one block of memory; this is one part of it
            warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous")
            if self.batch_sizes is None:
                return run_natively(self.function, x, state, *settings, False)
            return run_natively(self.function, x, self.batch_sizes, state, *settings)


@dataclass(frozen=True)
class LayerCall:
    """One layer of a call after it ran, with everything that its replay needs.

    ``x``, ``out``: the layer's input and its native output, (time, batch, ...) or (data, ...);
    ``h0``: (directions, batch, state); ``c0``: (directions, batch, hidden).  All detached.  ``x_factor``: by
    which each value of the output of the layer below was multiplied, of the shape of ``x``; None where ``x``
    is that output.  ``x_is_known``: whether that could be told.
    """

    layer: int
    x: Tensor
    h0: Tensor
    c0: Tensor | None
    out: Tensor
    weights: tuple[Weights, ...]  # one for each direction
    x_factor: Tensor | None = None
    x_is_known: bool = True


def parse_call(spec: CellSpec, args: tuple[Any, ...]) -> FusedCall:
    """The positional arguments of a fused call, packed or not, by name."""
    packed = isinstance(args[1], Tensor) and isinstance(args[3], (list, tuple))
    if packed:
        x, batch_sizes, state, flat, has_biases, num_layers, dropout, train, bidirectional = args
        batch_first = False
    else:
        x, state, flat, has_biases, num_layers, dropout, train, bidirectional, batch_first = args
        batch_sizes = None
    h0, *cell_states = spec.split_state(state)
    each = len(flat) // num_layers
    return FusedCall(
        spec=spec,
        x=x.transpose(0, 1) if batch_first else x,
        batch_sizes=batch_sizes,
        h0=h0,
        c0=cell_states[0] if cell_states else None,
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
        Called with each layer after it ran, and its native outputs (out, h_n) or (out, h_n, c_n).

    Returns
    -------
    tuple of Tensor
        The same as the fused function returns.
    """
    x, last_states = call.x, []
    factor, is_known = None, True
    for layer in range(call.num_layers):
        rows = slice(layer * call.directions, (layer + 1) * call.directions)
        out, *last = call.run_layer(x, layer)
        ran = LayerCall(
            layer=layer,
            x=x.detach(),
            h0=call.h0[rows].detach(),
            c0=None if call.c0 is None else call.c0[rows].detach(),
            out=out.detach(),
            weights=tuple(_detached(weights) for weights in by_direction(call, layer)),
            x_factor=factor,
            x_is_known=is_known,
        )
        on_layer(ran, (out, *last))
        last_states.append(last)
        x = out
        if call.dropout and call.train and layer + 1 < call.num_layers:
            x = torch.dropout(out, call.dropout, True)
            if out.requires_grad:
                factor = dropout_factor(out, x)
                is_known = factor is not None
    out = as_returned(call, x) if call.batch_first else x
    if call.num_layers == 1:
        return (out, *last_states[0])
    return (out, *(torch.cat(states) for states in zip(*last_states, strict=True)))


def as_returned(call: FusedCall, out: Tensor) -> Tensor:
    """The output, batch first, as the fused function returns it: a view of an LSTM's; of others the tensor.

    What the model may do to it afterwards, such as to change it in place beside a hook, depends on that.
    On other devices it is a view: cuDNN needs its output unchanged for the backward pass.
    """
    is_unrolled = out.is_cpu and not call.spec.has_cell_state
    return out.transpose_(0, 1) if is_unrolled else out.transpose(0, 1)


def by_direction(call: FusedCall, layer: int) -> Iterator[Weights]:
    """The weights of each direction of a layer, with their graph."""
    weights = call.weights[layer]
    each = len(weights) // call.directions
    for d in range(call.directions):
        w_ih, w_hh, *rest = weights[d * each : (d + 1) * each]
        b_ih, b_hh = rest[:2] if call.has_biases else (None, None)
        projected = len(rest) == (3 if call.has_biases else 1)
        yield Weights(w_ih, w_hh, b_ih, b_hh, rest[-1] if projected else None)


def _detached(weights: Weights) -> Weights:
    w_ih, w_hh, *others = weights
    return Weights(w_ih.detach(), w_hh.detach(), *(None if w is None else w.detach() for w in others))
