"""The calls of the recurrent modules during one training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gradviz.capture.cell_call import CopiedWeights, attributes_of_cell, run_cell
from gradviz.capture.fused_call import parse_call
from gradviz.capture.module_call import ModuleCall
from gradviz.capture.observed import ObservedCall
from gradviz.capture.piece import Piece
from gradviz.capture.recorded_call import CallContext, RecordedCall
from gradviz.capture.sequence_call import SequenceCall
from gradviz.capture.sequences import Sequences
from gradviz.capture.step_graph import StepGraph
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.cell_table import spec_of_layer, spec_of_step
from gradviz.recording.call_record import CallRecord
from gradviz.vocabulary import CALLS_WITHOUT_GRADIENT


class StepRecorder:
    """Creates a recorded call for every intercepted call, and collects their measurements.

    Parameters
    ----------
    samples : int or None
        How many sequences of the batch, evenly spaced; None for all.
    detail : {"norms", "full"}
        Whether signed gradients, gates and states are recorded.
    """

    def __init__(self, samples: int | None, detail: str):
        self._context = CallContext(samples, detail == "full", self._measure)
        self._calls: list[RecordedCall] = []  # all of them, in their order
        self._older = 0  # how many of them were made before the newest step of the optimizer
        self._graph = StepGraph(self._measure, self._context.lock)
        self._former: StepGraph | None = None  # of the iteration before, once tape.step is forgotten
        self._modules: dict[Piece, ModuleCall] = {}
        self._sequences = Sequences(self._graph, self._promote, self._calls.append)
        self._packed: list[Piece] = []
        self._observed: dict[str, ObservedCall] = {}  # the last of each name
        self._weights = CopiedWeights()
        self._count = 0  # of calls, over all steps

    def intercept(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one call in place of ``function``, and remember what its measurement needs."""
        if not torch.is_grad_enabled():
            return function(*args)
        step = spec_of_step(function)
        if step is not None:
            return self._cell(step, name, args)
        layer = spec_of_layer(function)
        return function(*args) if layer is None else self._layer(layer, name, args)

    def _layer(self, spec: CellSpec, name: str, args: tuple[Any, ...]) -> Any:
        call = parse_call(spec, args)
        if not call.needs_gradient() or 0 in call.x.shape:
            return call.function(*args)
        recorded = ModuleCall(name, call, self._context)
        with self._context.lock:
            self._calls.append(recorded)
        returned = recorded.run()
        with self._context.lock:
            piece = recorded.piece(self._next_number())
            self._modules[piece] = recorded
            if call.batch_sizes is not None:
                self._packed.append(piece)
            sequence = self._sequences.continued_by(piece, call.states)
            if sequence is not None:
                self._watch(recorded, piece)
                self._calls.remove(recorded)
        return returned

    def _promote(self, piece: Piece) -> SequenceCall:
        """A sequence in place of a call that was recorded alone until now."""
        recorded = self._modules[piece]
        self._watch(recorded, piece)
        sequence = SequenceCall(
            recorded.name, recorded.spec, self._context, self._graph, recorded.attributes()
        )
        sequence.append(piece)
        self._calls[self._calls.index(recorded)] = sequence
        return sequence

    def _watch(self, recorded: ModuleCall, piece: Piece) -> None:
        self._graph.watch(piece, recorded.inputs, piece.layers[0].weights.w_ih)
        for place, gradient in recorded.arrived():
            self._graph.take_over(place, gradient)
        recorded.remove()

    def _cell(self, spec: CellSpec, name: str, args: tuple[Any, ...]) -> Any:
        x, given, *weights = args
        state = spec.split_state(given)
        tensors = [x, *state, *(w for w in weights if w is not None)]
        if not any(t.requires_grad for t in tensors) or 0 in x.shape:
            return spec.step_function(*args)
        copied = self._weights.of(name, spec, tuple(weights))
        returned, piece = run_cell(spec, name, args, copied)
        with self._context.lock:  # only now, because a call that fails must not be measured
            piece.number = self._next_number()
            sequence = self._sequences.continued_by(piece, state)
            self._graph.watch(piece, (x, *state, *weights), weights[0])
            if sequence is None:
                sequence = SequenceCall(name, spec, self._context, self._graph, attributes_of_cell(piece))
                sequence.append(piece)
                self._sequences.begun_with(piece, sequence)
                self._calls.append(sequence)
        return returned

    def _next_number(self) -> int:
        self._count += 1
        return self._count

    def observe(self, name: str, state: Tensor, time: int | None) -> None:
        """Remember a state of a recurrence written by hand; time increases within a sequence.

        ``state``: (batch, unit) or (unit,).
        """
        call = self._observed.get(name)
        if call is None or (time is not None and time < call.next_time):
            call = ObservedCall(name, self._context, batch=len(torch.atleast_2d(state)), device=state.device)
            self._observed[name] = call
            self._calls.append(call)
        call.add(call.next_time if time is None else time, state)

    def permuted(self, states: Tensor, indices: Tensor) -> None:
        """Note that a module has restored the order of the batch in the final states of a packed call."""
        for piece in self._packed:
            recorded = self._modules[piece]
            if recorded.permuted(states, indices) and not piece.is_continued:
                piece.sequence = recorded.sequence_of_rows

    def _measure(self) -> None:
        with self._context.lock:
            for call in self._calls:
                call.measure()

    @property
    def has_called(self) -> bool:
        return bool(self._calls)

    def records(self, step: int) -> list[CallRecord]:
        """Everything measured so far; the records of one module are numbered.

        A call that no gradient has reached is left out, and counted, if another call of its module was
        reached.
        """
        by_module: dict[str, list[RecordedCall]] = {}
        for call in self._calls:
            by_module.setdefault(call.name, []).append(call)
        found: list[CallRecord] = []
        for calls in by_module.values():
            reached = [call for call in calls if call.has_gradient]
            kept = [call.records(step, 0) for call in reached or calls]
            records = [record for each in kept for record in each]
            left_out = len(calls) - len(reached) if reached else 0
            for number, record in enumerate(records):
                facts = {CALLS_WITHOUT_GRADIENT: left_out} if left_out else {}
                found.append(record.renumbered(number, facts))
        return found

    def end_iteration(self, is_newest_only: bool) -> None:
        """Note that the optimizer has made a step; if so told, keep only the newest iteration with calls.

        Sequences then end here too. The newest iteration is still watched, because its backward pass may
        come later.
        """
        with self._context.lock:
            has_calls = len(self._calls) > self._older
            if is_newest_only and has_calls:
                self._discard(self._older)
                if self._former is not None:
                    self._former.clear()
                self._former, self._graph = self._graph, StepGraph(self._measure, self._context.lock)
                self._sequences = Sequences(self._graph, self._promote, self._calls.append)
            self._older = len(self._calls)

    def clear(self) -> None:
        """Discard this step, and remove every hook from its graph."""
        self._discard(len(self._calls))
        self._older = 0
        for graph in (self._graph, self._former):
            if graph is not None:
                graph.clear()
        self._former = None

    def _discard(self, count: int) -> None:
        """Discard the first calls, and let no call that is kept go on."""
        for call in self._calls[:count]:
            call.remove()
        del self._calls[:count]
        self._packed.clear()
        self._modules.clear()
        self._sequences.clear()
        self._weights.clear()
        self._observed.clear()
