"""One call of a recurrent module such as nn.LSTM, recorded layer by layer."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz import vocabulary as v
from gradviz.capture.autograd_graph import Place, place_of
from gradviz.capture.call_attributes import call_attributes
from gradviz.capture.fused_call import FusedCall, LayerCall, run_layers
from gradviz.capture.input_statistics import input_statistics
from gradviz.capture.output_hook import in_backward
from gradviz.capture.piece import Piece, PieceLayer
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.recorded_layer import RecordedLayer
from gradviz.capture.replay_error import check_replay_error, computed_in
from gradviz.capture.scrambled_view import is_scrambled
from gradviz.capture.sequence_layout import SequenceLayout
from gradviz.cells.cell_spec import CellSpec
from gradviz.recording.call_record import CallRecord


class ModuleCall:
    """One call of an ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU``; see `RecordedCall`.

    An activation checkpoint runs the forward pass again during the backward pass; such a call counts only if
    a gradient reaches it.

    Parameters
    ----------
    name : str
        Dotted name of the module.
    call : FusedCall
    context : CallContext
    x : Tensor
        The input as the model handed it over.
    """

    def __init__(self, name: str, call: FusedCall, context: CallContext, x: Tensor):
        self.name = name
        self._call = call
        self._context = context
        self._rows = context.rows(call.batch, call.x.device)
        self.is_recomputed = in_backward()
        self._computed_in = computed_in(call.x.dtype, call.x.device)
        self._layers: list[RecordedLayer] = []
        self._layouts: dict[int, SequenceLayout] = {}  # by direction, the same for every layer
        self._h_n: weakref.ref[Tensor] | None = None
        self._unsorted: Tensor | None = None
        self._returned: tuple[Tensor, ...] = ()
        self._scrambled = is_scrambled(x)
        # now, because the model may change what it has given afterwards
        self.given_at = tuple(at for tensor in self.inputs if (at := place_of(tensor)) is not None)
        self.states_at: tuple[Place, ...] = ()
        self.state_scrambled = math.nan

    @property
    def spec(self) -> CellSpec:
        return self._call.spec

    @property
    def has_gradient(self) -> bool:
        return any(layer.has_upstream for layer in self._layers)

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """Everything that the call was given, x first."""
        return (self._call.x, *self._call.states, *(w for layer in self._call.weights for w in layer))

    @property
    def outputs(self) -> Iterator[Node]:
        """The nodes of what its layers returned."""
        return (place.node for layer in self._layers for place in layer.places if place is not None)

    def arrived(self) -> Iterator[tuple[Place | None, Tensor | None]]:
        """The places of its last states and of all hidden states, with what has arrived there so far."""
        for layer in self._layers:
            yield from zip(layer.places, layer.arrived, strict=True)

    def piece(self, number: int) -> Piece:
        """The call as a piece of a sequence; its rows are in the order in which the function has them."""
        call = self._call
        rows = torch.arange(call.batch, device=call.x.device)
        layers = []
        for recorded in self._layers:
            ran, (out_at, h_at, *c_at) = recorded.ran, recorded.places
            before = (ran.h0[0],) if ran.c0 is None else (ran.h0[0], ran.c0[0])
            layers.append(
                PieceLayer(
                    x=ran.x,
                    before=before,
                    out=ran.out,
                    weights=ran.weights[0],
                    run_again=recorded.run_again,
                    h_at=h_at,
                    c_at=c_at[0] if c_at else None,
                    out_at=out_at,
                    x_factor=ran.x_factor,
                    x_is_known=ran.x_is_known,
                )
            )
        return Piece(
            module=self.name,
            number=number,
            layers=layers,
            steps=len(call.x) if call.batch_sizes is None else len(call.batch_sizes),
            batch=call.batch,
            layout=call.layout(rows, None, 0),
            given=tuple(state.detach() for state in call.states),
            given_at=tuple(place_of(state) for state in call.states),
            returned=self._returned,
            sequence=rows,
            is_bidirectional=call.bidirectional,
        )

    @property
    def sequence_of_rows(self) -> Tensor:
        """The index in the batch of each row of the function's own order: (batch,)."""
        rows = torch.arange(self._call.batch, device=self._call.x.device)
        return rows if self._unsorted is None else torch.argsort(self._unsorted)

    def run(self) -> tuple[Any, ...]:
        """Run the call natively, one layer at a time, with a hook on each layer's outputs."""
        result = run_layers(self._call, self._record_layer)
        self._layers[-1].note_version()  # its output may have been transposed in place
        self._returned = tuple(state.detach() for state in result[1:])
        self.states_at = tuple(at for state in result[1:] if (at := place_of(state)) is not None)
        if self._call.batch_sizes is not None:
            self._h_n = weakref.ref(result[1])
        return result

    def permuted(self, states: Tensor, indices: Tensor) -> bool:
        """Note ``indices`` if they reorder ``states`` and these are the final states of this packed call."""
        is_own = self._h_n is not None and self._h_n() is states
        if is_own:
            self._unsorted = indices.detach()
        return is_own

    def measure(self) -> None:
        if self.is_recomputed and not any(layer.has_upstream for layer in self._layers):
            return
        with self._context.measuring(self._call.x.device):
            for layer in self._layers:
                layer.measure()

    def remove(self) -> None:
        for layer in self._layers:
            layer.remove()

    def records(self, step: int, number: int) -> list[CallRecord]:
        some = next((found for layer in self._layers for found in layer.measured.values()), None)
        if some is None:
            return []
        replay_error = max(found.replay_error for layer in self._layers for found in layer.measured.values())
        check_replay_error(self.name, step, replay_error, self._computed_in)
        variables = {name: self._stack(name, values) for name, values in some.variables.items()}
        variables |= self._inputs()
        scrambled = {v.INPUT_SCRAMBLED: self._scrambled, v.STATE_SCRAMBLED: self.state_scrambled}
        variables |= {name: np.asarray(value) for name, value in scrambled.items() if not math.isnan(value)}
        self._pass_underflow_down(variables)
        record = CallRecord(
            step=step,
            module=self.name,
            cell=self._call.spec.name,
            samples=self._rows.cpu().numpy(),
            variables=variables,
            replay_error=replay_error,
            attributes=self._call_attributes() | self.attributes(),
            call=number,
        )
        return [record]

    def _record_layer(self, ran: LayerCall, outputs: tuple[Tensor, ...]) -> None:
        layer = RecordedLayer(
            self._call,
            ran,
            outputs,
            rows=self._rows,
            layout=self._layout,
            computed_in=self._computed_in,
            context=self._context,
            below=self._layers[-1] if self._layers else None,
        )
        self._layers.append(layer)

    def _layout(self, direction: int) -> SequenceLayout:
        """The layout of a direction; final only after the module has restored the order of a packed batch."""
        if direction not in self._layouts:
            self._layouts[direction] = self._call.layout(self._rows, self._unsorted, direction)
        return self._layouts[direction]

    def _call_attributes(self) -> dict[str, str | int | float]:
        call = self._call
        steps = call.x.shape[0] if call.batch_sizes is None else len(call.batch_sizes)
        return call_attributes(
            self._context.full, call.x.dtype, self._computed_in, batch=call.batch, length=steps
        )

    def attributes(self) -> dict[str, str | int | float]:
        """Facts about the module."""
        return attributes_of_layers(self._call)

    def _inputs(self) -> dict[str, np.ndarray]:
        layout, x = self._layout(0), self._call.x.detach()
        coarse = torch.finfo(x.dtype).bits < 32
        x = layout.real_time(layout.gather(x.float() if coarse else x))
        return {name: values.cpu().numpy() for name, values in input_statistics(x).items()}

    def _stack(self, variable: str, some: np.ndarray) -> np.ndarray:
        """A variable of all layers, (layer, direction, ...), NaN if not measured; ``some``: of one layer."""
        if len(self._layers) == 1 == self._call.directions and self._layers[0].measured:
            return some[np.newaxis, np.newaxis]
        stacked = np.full((self._call.num_layers, self._call.directions, *some.shape), np.nan, some.dtype)
        for place, layer in enumerate(self._layers):
            for direction, found in layer.measured.items():
                values = found.variables[variable]
                stacked[place, direction][tuple(map(slice, values.shape))] = values
        return stacked

    def _pass_underflow_down(self, variables: dict[str, np.ndarray]) -> None:
        """Mark zeros that autograd sent to a layer because of an underflow above: they are not the true ones.

        The arrays are (layer, direction, time, sample).
        """
        tiny = torch.finfo(self._call.h0.dtype).tiny
        underflow, total = variables[v.UNDERFLOW], variables[v.LOG10_GRAD_H]
        for number, layer in reversed(list(enumerate(self._layers[:-1]))):
            if layer.has_upstream and not layer.is_scaled:
                lost = (underflow[number + 1] > 0).any(0) & (total[number] < np.log10(tiny))
                underflow[number][lost] = 1


def attributes_of_layers(call: FusedCall) -> dict[str, str | int | float]:
    """Facts about the module of a call."""
    attributes: dict[str, str | int | float] = {
        v.HIDDEN_SIZE: call.hidden_size,
        v.INPUT_SIZE: call.x.shape[-1],
        v.NUM_LAYERS: call.num_layers,
        v.BIDIRECTIONAL: int(call.bidirectional),
        v.BATCH_FIRST: int(call.batch_first),
        v.BIAS: int(call.has_biases),
        v.TRAINABLE: int(any(w.requires_grad for layer in call.weights for w in layer)),
    }
    if call.h0.shape[-1] != call.hidden_size:
        attributes[v.PROJ_SIZE] = call.h0.shape[-1]
    return attributes
