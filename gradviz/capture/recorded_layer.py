"""One layer of a recorded call: what arrived at its outputs, and what was measured from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.arrived_gradient import plus
from gradviz.capture.autograd_graph import place_of
from gradviz.capture.call_attributes import dtype_name
from gradviz.capture.fused_call import FusedCall, LayerCall
from gradviz.capture.measure import Measured, direct_gradient, measure
from gradviz.capture.output_hook import OutputGradientHook
from gradviz.capture.private_torch import version
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.replay_error import autocast_now, computed_in
from gradviz.capture.scaled_gradient import ScaledGradient, unscaled
from gradviz.capture.sequence_layout import SequenceLayout
from gradviz.capture.unrolled_states import UnrolledStateGradients, state_nodes
from gradviz.capture.upstream_gradient import NOTHING_UPSTREAM, UpstreamGradient

# Multiplications that take as long as a hook on one state.  Measured at 32, 128 and 512 units and 2 to 64
# sequences of plain RNN and GRU, on one and two threads: the two ways differ by less than a tenth near it.
_PRODUCT_LIKE_A_HOOK = 3 * 2**18


class RecordedLayer:
    """A layer as it ran, with a hook on its outputs that measures each direction when a gradient arrives.

    Parameters
    ----------
    call : FusedCall
        The call that the layer belongs to.
    ran : LayerCall
    outputs : tuple of Tensor
        Native: (out, h_n) or (out, h_n, c_n).
    rows : Tensor of int, shape (sample,)
        Which sequences of the batch are recorded.
    layout : callable
        Gives the layout of a direction (0 forward, 1 reverse), which is known only after the call.
    computed_in : str
        Name of the dtype of the native arithmetic.
    context : CallContext
    below : RecordedLayer, optional
        The layer whose output is this layer's input.

    Attributes
    ----------
    measured : dict of int to Measured
        By direction.
    above : RecordedLayer or None
        The layer whose input is this layer's output.
    """

    def __init__(
        self,
        call: FusedCall,
        ran: LayerCall,
        outputs: tuple[Tensor, ...],
        *,
        rows: Tensor,
        layout: Callable[[int], SequenceLayout],
        computed_in: str,
        context: CallContext,
        below: RecordedLayer | None = None,
    ):
        self.measured: dict[int, Measured] = {}
        self.above: RecordedLayer | None = None
        self._sends = below is not None and below.is_watched and ran.x_is_known
        if below is not None and self._sends:
            below.above = self
        self._call, self._ran, self._rows, self._layout, self._context = call, ran, rows, layout, context
        self._computed_in = computed_in
        self.note_version()
        self._autocast = autocast_now(ran.out.device)
        self._out_node: Node | None = outputs[0].grad_fn
        self.places = [place_of(output) for output in outputs]
        self.arrived: list[Tensor | None] = [None] * len(outputs)  # at each output, over all backward passes
        self._upstream: dict[int, UpstreamGradient] = {}  # by direction
        self._states: UnrolledStateGradients | None = None
        self._backward_passes = 0
        self._passes_from_above = 0
        self._sent: ScaledGradient | None = None
        self._hook: OutputGradientHook | None = None
        if any(output.requires_grad for output in outputs):
            self._hook = OutputGradientHook(outputs, self._arrived)

    def note_version(self) -> None:
        """Take the output as it is now for what the call has computed."""
        self._out_version = version(self._ran.out)

    @property
    def ran(self) -> LayerCall:
        return self._ran

    def run_again(self) -> Tensor:
        """The hidden states of all time steps, computed as in the call."""
        with self._autocast():
            return self._call.run_layer(self._ran.x, self._ran.layer)[0]

    @property
    def is_watched(self) -> bool:
        """Whether a gradient can arrive at its outputs."""
        return self._hook is not None

    @property
    def has_upstream(self) -> bool:
        """Whether a gradient has arrived at its outputs."""
        return bool(self._upstream)

    def measure(self) -> None:
        """Measure the directions without a measurement, for instance because no gradient reached them."""
        for direction in range(self._call.directions):
            if direction not in self.measured:
                self._measure(direction)

    def remove(self) -> None:
        if self._hook is not None:
            self._hook.remove()
        self._stop_listening()
        self._out_node = None
        self.places = []

    def _arrived(self, gradients: Sequence[Tensor | None]) -> None:
        """Add a backward pass's gradient at the outputs."""
        device = self._ran.out.device
        is_exact = computed_in(self._ran.out.dtype, device) == dtype_name(self._ran.out.dtype)
        with self._context.measuring(device):
            dtype = self._context.workspace(self._call.h0).dtype
            directions = range(self._call.directions)
            for direction in directions:
                arrived = direct_gradient(gradients, self._ran, direction, self._layout(direction), dtype)
                self._upstream[direction] = self._upstream.get(direction, NOTHING_UPSTREAM).plus(arrived)
                self.measured.pop(direction, None)
            self.arrived = [
                plus(so_far, None if one is None else one.detach())
                for so_far, one in zip(self.arrived, gradients, strict=True)
            ]
            self._backward_passes += 1
            self._passes_from_above += gradients[0] is not None
            if not self._listen(dtype, is_exact=is_exact):
                for direction in directions:
                    self._measure(direction)
        self._context.measure_after_backward()

    def _listen(self, dtype: torch.dtype, *, is_exact: bool) -> bool:
        """Read the totals from autograd's graph, if it has them and this is the first backward pass.

        ``is_exact``: whether the backward pass computes in the layer's own dtype; autocast may be on.
        """
        self._stop_listening()
        if self._backward_passes > 1 or self._call.batch_sizes is not None or not is_exact:
            return False
        if self._computed_in != dtype_name(dtype) or not self._listening_pays():
            return False
        nodes = state_nodes(self._out_node, len(self._call.x), self._call.directions)
        if not nodes:
            return False
        rows = None if len(self._rows) == self._call.batch else self._rows
        self._states = UnrolledStateGradients(nodes, rows, self._on_states_complete)
        return True

    def _listening_pays(self) -> bool:
        """Whether hooks on the states take less time than the recursion's products; results are the same.

        It is not timed here, because two recordings of one training are to agree in every bit.
        """
        w_hh = self._ran.weights[0].w_hh
        return w_hh.numel() * len(self._rows) >= _PRODUCT_LIKE_A_HOOK

    def _on_states_complete(self, direction: int) -> None:
        with self._context.measuring(self._ran.out.device):
            self._measure(direction)

    def _stop_listening(self) -> None:
        if self._states is not None:
            self._states.remove()
            self._states = None

    def _measure(self, direction: int) -> None:
        ran = self._ran
        if version(ran.out) != self._out_version:  # the model has changed the output in place
            ran = replace(ran, out=self.run_again())
        self._sent = None
        self.measured[direction] = measure(
            self._call.spec,
            ran,
            direction,
            self._layout(direction),
            self._upstream_of(direction),
            full=self._context.full,
            to_input=self._sends,
            computed_in=self._computed_in,
            workspace=self._context.workspace(self._call.h0),
        )

    def _upstream_of(self, direction: int) -> UpstreamGradient:
        upstream = self._upstream.get(direction, NOTHING_UPSTREAM)
        total = (
            None
            if self._states is None
            else self._states.total(direction, self._context.workspace(self._call.h0))
        )
        if total is not None:
            upstream = upstream._replace(total_h=total.flip(0) if direction else total)
        if self.above is None or not self.is_scaled or upstream.h is None:
            return upstream
        state = self._ran.h0.shape[-1]
        layout = self._layout(direction)
        sent = self.above.sent_to_input()
        values = layout.processed(sent.values[..., direction * state : (direction + 1) * state])
        direct = ScaledGradient(values, layout.processed(sent.exponent))
        last = self.arrived[1]
        if last is not None:
            direct = direct.with_added(unscaled(layout.states(last[direction]).to(values.dtype)), layout.ends)
        return upstream._replace(
            h=direct.values, exponent_h=direct.exponent, trained_with=upstream.h.abs().amax(-1)
        )

    @property
    def is_scaled(self) -> bool:
        """Whether its direct gradient is computed from the layer above, and not as autograd sent it.

        It is not if a backward pass has ended in the layer above.
        """
        from_above = self._passes_from_above
        return self.above is not None and from_above > 0 and from_above == self.above._backward_passes

    def sent_to_input(self) -> ScaledGradient:
        """What it sends to the outputs of the layer below, (time, sample, unit) in real time."""
        self.measure()
        if self._sent is None:
            self._sent = self._sum_over_directions()
            factor = self._ran.x_factor
            if factor is not None:
                self._sent = self._sent.times(self._layout(0).gather(factor).to(self._sent.values.dtype))
        return self._sent

    def _sum_over_directions(self) -> ScaledGradient:
        parts = [
            ScaledGradient(*map(self._layout(direction).real_time, found.to_input))
            for direction, found in self.measured.items()
            if found.to_input is not None
        ]
        return parts[0] if len(parts) == 1 else parts[0].plus(parts[1])
