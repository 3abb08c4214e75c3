"""A recurrent cell in a Python loop: its calls form one sequence.

Every state of the loop is a tensor in autograd's graph, which gives its total gradient.  If a call takes
exactly the state that the previous call returned, the two are linked; along linked calls the adjoint
recursion runs in scaled arithmetic, as for the fused layers.  If the state was changed in between (masked,
dropped out, detached), a new piece begins with the gradient that arrived there.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import call_attributes, dtype_name
from gradviz.capture.gate_statistics import gate_statistics
from gradviz.capture.input_statistics import input_statistics
from gradviz.capture.measure import Measured, replay_and_backpropagate
from gradviz.capture.output_hook import in_backward
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.replay_error import check_replay_error, computed_in, replay_error
from gradviz.capture.spectrum import spectrum
from gradviz.capture.state_gradients import StateGradientAccumulator, is_state, leads_to, nodes_between
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Sequences, Weights
from gradviz.recording.call_record import CallRecord


class Step(NamedTuple):
    """One call, detached: (batch, ...); ``linked``: it took exactly the state of the previous call.

    ``weights``: their values at the time of the call; consecutive calls with unchanged weights share a copy.
    """

    x: Tensor
    before: tuple[Tensor, ...]  # h, or h and c
    after: tuple[Tensor, ...]
    arrivals: tuple[StateGradientAccumulator, ...]
    linked: bool
    weights: Weights


class LoopCall:
    """The calls of one cell that form a sequence; see `RecordedCall`.

    Parameters
    ----------
    name : str
        Dotted name of the module.
    spec : CellSpec
    context : CallContext
    batch : int
    device : torch.device
    """

    def __init__(self, name: str, spec: CellSpec, context: CallContext, *, batch: int, device: torch.device):
        self.name = name
        self._spec = spec
        self._context = context
        self._samples = context.rows(batch, device)
        self._batch = batch
        self._steps: list[Step] = []
        self._last: list[tuple[Node | None, int]] = []  # where autograd's graph has the last call's states
        self._computed_in = dtype_name(torch.float32)
        self._measured = Measured({}, 0.0)
        self._is_stale = not in_backward()  # a checkpoint's second run counts only if a gradient arrives

    def continues(self, state: tuple[Tensor, ...]) -> bool:
        """Whether a call from ``state`` continues the last one, even if the state was detached in between."""
        if not self._steps:
            return False
        last = self._steps[-1].after[0]
        same_memory = state[0].data_ptr() == last.data_ptr() and state[0].device == last.device
        return same_memory or leads_to(state[0], self._last[0][0])

    def run(self, x: Tensor, state: tuple[Tensor, ...], weights: tuple[Any, ...]) -> Any:
        """Run one call natively and record it."""
        returned = self._spec.step_function(x, self._spec.join_state(state), *weights)
        after = self._spec.split_state(returned)
        linked = len(self._last) > 0 and all(map(is_state, state, self._last))
        nodes = nodes_between(after, (x, *state, *weights))
        if linked:
            for arrivals, before in zip(self._steps[-1].arrivals, state, strict=True):
                arrivals.watch_edges(nodes, before)
        rows = self._samples[self._samples < len(x)]
        arrivals_here = tuple(StateGradientAccumulator(rows, self._arrived) for _ in after)
        for arrivals, output in zip(arrivals_here, after, strict=True):
            arrivals.watch(output)
        if self._spec.has_cell_state:
            arrivals_here[1].watch_edges(nodes, after[1])  # h_t uses c_t within the same call
        if not self._steps:
            self._computed_in = computed_in(x.dtype, x.device)
        copied_weights = self._copy(weights, linked)
        self._steps.append(
            Step(x.detach(), _detached(state), _detached(after), arrivals_here, linked, copied_weights)
        )
        self._last = [(output.grad_fn, output.output_nr) for output in after]
        return returned

    def _copy(self, weights: tuple[Any, ...], linked: bool) -> Weights:
        """A copy of their current values: the optimiser may change them before all gradients have arrived."""
        last = self._steps[-1].weights if self._steps else None
        now = self._spec.weights(*(None if w is None else w.detach() for w in weights))
        return last if last is not None and (linked or _are_equal(last, now)) else deepcopy(now)

    def _arrived(self) -> None:
        self._is_stale = True
        self._context.measure_after_backward()

    def remove(self) -> None:
        for step in self._steps:
            for arrivals in step.arrivals:
                arrivals.remove()

    def measure(self) -> None:
        if not self._is_stale or not self._steps:
            return
        self._is_stale = False
        with self._context.measuring(self._steps[0].x.device):
            self._measured = self._measure()

    def _measure(self) -> Measured:
        full, workspace = self._context.full, self._context.workspace(self._steps[0].after[0])
        found: dict[str, list[np.ndarray]] = {}
        gates, valid, inputs, largest = [], [], [], 0.0
        for first, stop in self._pieces():
            sequences, upstream = self._piece(first, stop, workspace.dtype)
            weights = self._steps[first].weights.to(workspace.dtype)
            tiny = torch.finfo(self._steps[0].after[0].dtype).tiny
            here, replay = replay_and_backpropagate(
                self._spec,
                sequences,
                weights,
                upstream,
                full=full,
                tiny=tiny,
                computed_in=self._computed_in,
                workspace=workspace,
            )
            largest = max(largest, replay_error(replay, sequences))
            for name, values in here.items():
                found.setdefault(name, []).append(self._of_all_samples(values).cpu().numpy())
            inputs.append(self._of_all_samples(sequences.x))
            gates.append(self._of_all_samples(replay.gates.movedim(0, 2)))
            valid.append(torch.arange(len(self._samples)).expand(stop - first, -1) < replay.h.shape[1])
        all_gates = torch.cat(gates).nan_to_num_().movedim(2, 0).contiguous()
        is_valid = torch.cat(valid).to(all_gates.device)
        summary = gate_statistics(self._spec.description, all_gates, is_valid, workspace)
        if full:
            summary.update(spectrum(weights.w_hh, len(self._spec.description.gates)))
        variables = {name: np.concatenate(parts) for name, parts in found.items()}
        variables.update({name: values.cpu().numpy() for name, values in summary.items()})
        as_float = np.float64 if workspace.dtype == torch.float64 else np.float32
        of_layers = {name: values.astype(as_float)[None, None] for name, values in variables.items()}
        of_input = input_statistics(torch.cat(inputs)).items()
        of_module = {name: values.cpu().numpy().astype(as_float) for name, values in of_input}
        return Measured(of_layers | of_module, largest)

    def _pieces(self) -> Iterator[tuple[int, int]]:
        starts = [t for t, step in enumerate(self._steps) if not step.linked]
        yield from zip(starts, [*starts[1:], len(self._steps)], strict=True)

    def _piece(self, first: int, stop: int, dtype: torch.dtype) -> tuple[Sequences, UpstreamGradient]:
        steps = self._steps[first:stop]
        rows = self._samples[self._samples < len(steps[0].x)]

        def chosen(values: Tensor) -> Tensor:
            return values.index_select(0, rows).to(dtype)

        x = torch.stack([chosen(step.x) for step in steps])
        h = torch.stack([chosen(steps[0].before[0]), *(chosen(step.after[0]) for step in steps)])
        c0 = chosen(steps[0].before[1]) if self._spec.has_cell_state else None
        direct = []
        for part in range(len(steps[0].arrivals)):
            gradients = [step.arrivals[part].direct for step in steps]
            zeros = torch.zeros_like(chosen(steps[0].after[part]))
            direct.append(torch.stack([zeros if g is None else g.to(dtype) for g in gradients]))
        return Sequences(x, h, c0), UpstreamGradient(direct[0], direct[1] if len(direct) > 1 else None)

    def _of_all_samples(self, values: Tensor) -> Tensor:
        """The values with NaN for rows that the batch no longer had."""
        missing = len(self._samples) - values.shape[1]
        if not missing:
            return values.clone()
        padding = values.new_full((len(values), missing, *values.shape[2:]), torch.nan)
        return torch.cat([values, padding], 1)

    def records(self, step: int, number: int) -> list[CallRecord]:
        if not self._measured.variables:
            return []
        first = self._steps[0]
        check_replay_error(self.name, step, self._measured.replay_error, self._computed_in)
        record = CallRecord(
            step=step,
            module=self.name,
            cell=self._spec.name,
            samples=self._samples.cpu().numpy(),
            variables=self._measured.variables,
            replay_error=self._measured.replay_error,
            attributes=call_attributes(
                self._context.full,
                first.x.dtype,
                self._computed_in,
                batch=self._batch,
                length=len(self._steps),
            )
            | {
                v.HIDDEN_SIZE: first.after[0].shape[-1],
                v.INPUT_SIZE: first.x.shape[-1],
                v.NUM_LAYERS: 1,
                v.BIDIRECTIONAL: 0,
                v.BATCH_FIRST: 0,
                v.IN_A_LOOP: 1,
            },
            call=number,
        )
        return [record]


def _detached(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(tensor.detach() for tensor in tensors)


def _are_equal(one: Weights, other: Weights) -> bool:
    return all(
        a is b or (a is not None and b is not None and torch.equal(a, b))
        for a, b in zip(one, other, strict=True)
    )
