"""One call of a recurrent module: its layers as they ran, what arrived at them, what was measured."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.call_attributes import call_attributes
from gradviz.capture.fused_call import FusedCall, LayerCall
from gradviz.capture.input_statistics import input_statistics
from gradviz.capture.measure import Measured, direct_gradient, measure
from gradviz.capture.output_hook import OutputGradientHook
from gradviz.capture.replay_error import check_replay_error, coarser
from gradviz.capture.sequence_layout import SequenceLayout
from gradviz.capture.unrolled_states import UnrolledStateGradients, state_nodes
from gradviz.capture.upstream_gradient import NOTHING_UPSTREAM, UpstreamGradient
from gradviz.cells.workspace import Workspace
from gradviz.recording.call_record import CallRecord
from gradviz.vocabulary import CELLS, LOG10_GRAD_H, UNDERFLOW


class ModuleCall:
    """What one call of a module leaves behind until its training step ends.

    Parameters
    ----------
    name : str
        Dotted name of the module.
    call : FusedCall
    samples : Tensor of int, shape (sample,)
        Which sequences of the batch are measured.
    recomputed : bool
        Whether it was made within a backward pass.
    """

    def __init__(self, name: str, call: FusedCall, samples: Tensor, *, recomputed: bool):
        self.name = name
        self.call = call
        self.unsorted: Tensor | None = None
        self.taps: list[OutputGradientHook] = []
        self._samples = samples
        self._recomputed = recomputed
        self._computed_in = coarser(call.x.dtype, call.x.device)
        self._h_n: weakref.ref[Tensor] | None = None
        self._orders: dict[int, SequenceLayout] = {}
        self._ran: dict[int, tuple[LayerCall, int]] = {}
        self._out_nodes: dict[int, Node | None] = {}
        self._states: dict[int, UnrolledStateGradients | None] = {}  # None after a second backward pass
        self._entering: dict[tuple[int, int], UpstreamGradient] = {}
        self._measured: dict[tuple[int, int], Measured] = {}

    @property
    def state(self) -> Tensor:
        return self.call.h0

    def watch_order_of(self, h_n: Tensor) -> None:
        """Remember the final states as they are handed to the module."""
        if self.call.batch_sizes is not None:
            self._h_n = weakref.ref(h_n)

    def returned(self, states: Tensor) -> bool:
        return self._h_n is not None and self._h_n() is states

    def add_layer(self, ran: LayerCall, out: Node | None) -> None:
        """``out``: the node of the layer's output in autograd's graph."""
        self._ran[ran.layer] = (ran, ran.out._version)
        self._out_nodes[ran.layer] = out

    def arrived(
        self,
        layer: int,
        gradients: Sequence[Tensor | None],
        dtype: torch.dtype,
        measure: Callable[[int], None],
    ) -> None:
        """Add a backward pass's gradient at one layer's outputs; ``measure`` is told the directions due."""
        ran, _ = self._ran[layer]
        directions = range(self.call.directions)
        for direction in directions:
            came = direct_gradient(gradients, ran, direction, self._order(direction), dtype)
            self._entering[layer, direction] = self._entering.get((layer, direction), NOTHING_UPSTREAM).plus(
                came
            )
            self._measured.pop((layer, direction), None)
        if not self._listen(layer, dtype, measure):
            for direction in directions:
                measure(direction)

    def _listen(self, layer: int, dtype: torch.dtype, on_last: Callable[[int], None]) -> bool:
        """Have autograd say the total gradients of a layer, if it can and this is its first backward pass."""
        if layer in self._states:
            self._stop_listening(layer)
            self._states[layer] = None
            return False
        nodes: list[list[Node]] = []
        if self.call.batch_sizes is None and self._computed_in == dtype and self._listening_pays():
            nodes = state_nodes(self._out_nodes[layer], len(self.call.x), self.call.directions)
        rows = None if len(self._samples) == self.call.batch else self._samples
        self._states[layer] = UnrolledStateGradients(nodes, rows, on_last) if nodes else None
        return bool(nodes)

    def _listening_pays(self) -> bool:
        """A hook on every state costs about what the recursion does over half the batch and one gate."""
        return 2 * len(CELLS[self.call.cell].gates) * len(self._samples) > self.call.batch

    def _stop_listening(self, layer: int) -> None:
        states = self._states.get(layer)
        if states is not None:
            states.remove()

    def measure(self, *, full: bool, workspace: Workspace) -> None:
        """Measure what has no measurement yet, where one is due."""
        for layer, direction in list(self._unmeasured()):
            self.measure_direction(layer, direction, full=full, workspace=workspace)

    def remove(self) -> None:
        for tapped in self.taps:
            tapped.remove()
        for layer in self._states:
            self._stop_listening(layer)
        self._out_nodes.clear()

    def _unmeasured(self) -> Iterator[tuple[int, int]]:
        """(layer, direction)."""
        if self._recomputed and not self._entering:
            return
        places = ((layer, direction) for layer in self._ran for direction in range(self.call.directions))
        yield from (place for place in places if place not in self._measured)

    def measure_direction(self, layer: int, direction: int, *, full: bool, workspace: Workspace) -> None:
        ran, version = self._ran[layer]
        if ran.out._version != version:  # the model has changed the output in place
            ran = replace(ran, out=self.call.run(ran.x, layer)[0])
        self._measured[layer, direction] = measure(
            self.call.cell,
            ran,
            direction,
            self._order(direction),
            self._entered(layer, direction),
            full=full,
            workspace=workspace,
        )

    def _entered(self, layer: int, direction: int) -> UpstreamGradient:
        entering = self._entering.get((layer, direction), NOTHING_UPSTREAM)
        states = self._states.get(layer)
        total = None if states is None else states.total(direction)
        return entering if total is None else entering._replace(total_h=total.flip(0) if direction else total)

    def _order(self, direction: int) -> SequenceLayout:
        """The same for every layer; known once the module has put a packed batch back into its order."""
        if direction not in self._orders:
            self._orders[direction] = self.call.order(self._samples, self.unsorted, direction)
        return self._orders[direction]

    @property
    def is_measured(self) -> bool:
        return bool(self._measured)

    def record(self, step: int, number: int, *, full: bool) -> CallRecord:
        """The measurement as the recording takes it; ``number``: which call of the module in its step."""
        call = self.call
        replay_error = max(found.replay_error for found in self._measured.values())
        check_replay_error(self.name, step, replay_error, self._computed_in)
        steps = call.x.shape[0] if call.batch_sizes is None else len(call.batch_sizes)
        attributes = call_attributes(
            full, call.x.dtype, self._computed_in, batch=call.batch, length=steps
        ) | {
            "hidden_size": call.hidden_size,
            "input_size": call.x.shape[-1],
            "num_layers": call.num_layers,
            "bidirectional": int(call.bidirectional),
            "batch_first": int(call.batch_first),
            "bias": int(call.has_biases),
            "trainable": int(any(w.requires_grad for layer in call.weights for w in layer)),
        }
        if call.h0.shape[-1] != call.hidden_size:
            attributes["proj_size"] = call.h0.shape[-1]
        variables = {name: self._stack(name) for name in next(iter(self._measured.values())).variables}
        variables |= self._inputs()
        _pass_underflow_down(variables, torch.finfo(call.h0.dtype).tiny)
        return CallRecord(
            step=step,
            module=self.name,
            cell=call.cell,
            samples=self._samples.cpu().numpy(),
            variables=variables,
            replay_error=replay_error,
            attributes=attributes,
            call=number,
        )

    def _inputs(self) -> dict[str, np.ndarray]:
        order, x = self._order(0), self.call.x.detach()
        coarse = torch.finfo(x.dtype).bits < 32
        x = order.real_time(order.gather(x.float() if coarse else x))
        return {name: values.cpu().numpy() for name, values in input_statistics(x).items()}

    def _stack(self, variable: str) -> np.ndarray:
        """(layer, direction, ...); NaN for a layer that is not measured yet."""
        some = next(iter(self._measured.values())).variables[variable]
        shape = (self.call.num_layers, self.call.directions, *some.shape)
        stacked = np.full(shape, np.nan, dtype=some.dtype)
        for place, found in self._measured.items():
            values = found.variables[variable]
            stacked[place][tuple(map(slice, values.shape))] = values
        return stacked


def _pass_underflow_down(variables: dict[str, np.ndarray], tiny: float) -> None:
    """What has underflowed in a layer reaches the one below as zero: a zero there is none to believe in.

    The arrays are (layer, direction, time, sample); ``tiny`` is the smallest normal float.
    """
    underflow, total = variables[UNDERFLOW], variables[LOG10_GRAD_H]
    for layer in reversed(range(len(underflow) - 1)):
        lost = (underflow[layer + 1] > 0).any(0) & (total[layer] < np.log10(tiny))
        underflow[layer][lost] = 1
