"""The calls of the recurrent modules during one training step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.cell_call import attributes_of_cell, run_cell
from gradviz.capture.chosen_modules import NOT_CHOSEN
from gradviz.capture.from_one_state import calls_from_one_state
from gradviz.capture.fused_call import parse_call
from gradviz.capture.in_place_of import run_natively
from gradviz.capture.kept_values import KeptWeights
from gradviz.capture.module_call import ModuleCall
from gradviz.capture.observation import Observation
from gradviz.capture.observed_recurrences import ObservedRecurrences
from gradviz.capture.older_state import comes_from_before
from gradviz.capture.origin import Ends, with_origin
from gradviz.capture.output_hook import in_backward
from gradviz.capture.piece import Piece
from gradviz.capture.recorded_call import CallContext, RecordedCall
from gradviz.capture.sequence_call import SequenceCall
from gradviz.capture.sequences import Sequences
from gradviz.capture.step_graph import StepGraph
from gradviz.capture.unneeded_calls import UnneededCalls
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.cell_table import spec_of_layer, spec_of_step
from gradviz.recording.call_record import CallRecord
from gradviz.vocabulary import CALLS_FROM_ONE_STATE, CALLS_WITHOUT_GRADIENT


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
        self._former: list[StepGraph] = []  # of calls that are still kept, once tape.step is forgotten
        self._modules: dict[Piece, ModuleCall] = {}
        # Calls that a checkpoint makes again in the backward pass do not continue those of the forward.
        self._of_forward, self._of_backward = self._new_sequences(), self._new_sequences()
        self._packed: list[Piece] = []
        self._continues_step: set[float] = set()  # what the first states of calls tell
        self._unneeded = UnneededCalls()
        self.observed = ObservedRecurrences(self._context)
        self._weights = KeptWeights()
        self._count = 0  # of calls and observed states, over all steps
        self._counted = 0  # before the newest step of the optimizer

    def _new_sequences(self) -> Sequences:
        graph = StepGraph(self._measure, self._context.lock)
        return Sequences(graph, partial(self._promote, graph), self._calls.append)

    @property
    def _sequences(self) -> Sequences:
        return self._of_backward if in_backward() else self._of_forward

    def intercept(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one call in place of ``function``, and remember what its measurement needs."""
        if not torch.is_grad_enabled():
            return run_natively(function, *args)
        if name == NOT_CHOSEN:
            returned = run_natively(function, *args)
            self._sequences.graph.pass_over(returned)
            return returned
        step = spec_of_step(function)
        layer = spec_of_layer(function)
        if step is not None:
            return self._cell(step, name, args)
        return run_natively(function, *args) if layer is None else self._layer(layer, name, args)

    def _layer(self, spec: CellSpec, name: str, args: tuple[Any, ...]) -> Any:
        call = parse_call(spec, args)
        if not call.needs_gradient() or 0 in call.x.shape:
            self._unneeded.note(name, call.x)
            return run_natively(call.function, *args)
        recorded = ModuleCall(name, call, self._context, args[0])
        with self._context.lock:
            self._calls.append(recorded)
        returned = recorded.run()
        with self._context.lock:
            piece = recorded.piece(self._next_number())
            self._modules[piece] = recorded
            if call.batch_sizes is not None:
                self._packed.append(piece)
            sequences = self._sequences
            if sequences.continued_by(piece, call.states) is not None:
                _watch(sequences.graph, recorded, piece)
                self._calls.remove(recorded)
            else:
                self._note_first(call.states, [w for layer in call.weights for w in layer])
        return returned

    def _promote(self, graph: StepGraph, piece: Piece) -> SequenceCall:
        """A sequence in place of a call that was recorded alone until now."""
        recorded = self._modules[piece]
        _watch(graph, recorded, piece)
        sequence = SequenceCall(recorded.name, recorded.spec, self._context, graph, recorded.attributes())
        sequence.append(piece)
        self._calls[self._calls.index(recorded)] = sequence
        return sequence

    def _cell(self, spec: CellSpec, name: str, args: tuple[Any, ...]) -> Any:
        x, given, *weights = args
        state = spec.split_state(given)
        tensors = [x, *state, *(w for w in weights if w is not None)]
        if not any(t.requires_grad for t in tensors) or 0 in x.shape:
            self._unneeded.note(name, x)
            return run_natively(spec.step_function, *args)
        copied = self._weights.of(spec, weights, name=name)
        returned, piece = run_cell(spec, name, args, copied)
        with self._context.lock:  # only now, because a call that fails must not be measured
            piece.number = self._next_number()
            sequences = self._sequences
            sequence = sequences.continued_by(piece, state)
            sequences.graph.watch(piece, (x, *state, *weights), weights[0])
            if sequence is None:
                self._note_first(state, weights)
                attributes = attributes_of_cell(piece)
                sequence = SequenceCall(name, spec, self._context, sequences.graph, attributes)
                sequence.append(piece)
                sequences.begun_with(piece, sequence)
                self._calls.append(sequence)
        return returned

    def _note_first(self, states: Sequence[Tensor], weights: Sequence[Tensor | None]) -> None:
        """Note whether a call that continues none of this training step continues one of an earlier step."""
        self._continues_step.add(comes_from_before(states, weights, self._sequences.graph.is_returned))

    @property
    def continues_step(self) -> float:
        """Whether a call of this step begins with an older state that was not detached; NaN if none tells."""
        return max((each for each in self._continues_step if not math.isnan(each)), default=math.nan)

    def _next_number(self) -> int:
        self._count += 1
        return self._count

    def observe(self, name: str, given: Observation, time: int | None) -> None:
        """Remember a time step of a recurrence written by hand; time increases within a sequence."""
        self._count += 1
        call = self.observed.add(name, given, time)
        if call is not None:
            self._calls.append(call)

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

    def state_nodes(self) -> set[Node]:
        """What computed the states of all calls so far, in autograd's graph."""
        with self._context.lock:
            graphs = (self._of_forward.graph, self._of_backward.graph)
            return {place.node for graph in graphs for place in graph.known}

    @property
    def layer_calls(self) -> list[ModuleCall]:
        return [call for call in self._calls if isinstance(call, ModuleCall)]

    @property
    def has_called(self) -> bool:
        return bool(self._calls)

    @property
    def names(self) -> set[str]:
        """Names of the modules and recurrences of which this step has a call."""
        return {call.name for call in self._calls} | self._unneeded.empty

    @property
    def frozen(self) -> set[str]:
        """Names of the modules of which no call has a weight or an input that needs a gradient."""
        return self._unneeded.frozen - {call.name for call in self._calls}

    def records(self, step: int) -> list[CallRecord]:
        """Everything measured so far; the records of one module are numbered.

        A call that no gradient has reached is left out, and counted, if another call of its module was
        reached.
        """
        by_module: dict[str, list[RecordedCall]] = {}
        for call in self._calls:
            by_module.setdefault(call.name, []).append(call)
        found: dict[RecordedCall, CallRecord] = {}
        for calls in by_module.values():
            reached = [call for call in calls if call.has_gradient]
            records = {call: record for call in reached or calls for record in call.records(step, 0)}
            left_out = sum(not (call.has_gradient or call.is_recomputed) for call in calls)
            alike = calls_from_one_state([self._pieces_of(call) for call in calls])
            facts = {CALLS_WITHOUT_GRADIENT: left_out} if reached and left_out else {}
            facts |= {CALLS_FROM_ONE_STATE: alike} if alike else {}
            for number, (call, record) in enumerate(records.items()):
                found[call] = replace(record.with_more({}, facts), call=number)
        return [self._with_origin(call, found) for call in found]

    def _with_origin(self, call: RecordedCall, records: Mapping[RecordedCall, CallRecord]) -> CallRecord:
        first = self._pieces_of(call)[0]
        if first is None or not first.origins:
            return records[call]

        def ends_of(piece: Piece) -> Ends | None:
            sequence = self._of_forward.of(piece) or self._of_backward.of(piece)
            owner = self._modules.get(piece) if sequence is None else sequence
            if owner is None or owner not in records:
                return None
            if sequence is not None:
                return Ends(records[owner], sequence.steps_until(piece), piece.sequence)
            rows = self._modules[piece].sequence_of_rows
            return Ends(records[owner], torch.empty_like(rows).scatter_(0, rows, piece.lengths), rows)

        return with_origin(records[call], first, first.origins, ends_of)

    def _pieces_of(self, call: RecordedCall) -> Sequence[Piece | None]:
        """Its pieces; the rows of a call that was recorded alone are numbered as in the batch."""
        if isinstance(call, SequenceCall):
            return call.pieces
        piece = next((piece for piece, recorded in self._modules.items() if recorded is call), None)
        if piece is not None:
            piece.sequence = self._modules[piece].sequence_of_rows
        return [piece]

    def end_iteration(self, is_newest_only: bool) -> None:
        """Note that the optimizer has made a step; if so told, keep only the newest iteration with calls.

        Sequences then end here too. The newest iteration is still watched, because its backward pass may
        come later.
        """
        with self._context.lock:
            if is_newest_only and self._count > self._counted:
                if len(self._calls) > self._older:
                    self._discard(self._older)
                    self._forget_former_graphs()
                self._let_none_go_on()
                self._former += [self._of_forward.graph, self._of_backward.graph]
                self._of_forward, self._of_backward = self._new_sequences(), self._new_sequences()
            self._older, self._counted = len(self._calls), self._count

    def clear(self) -> None:
        """Discard this step, and remove every hook from its graph."""
        self._discard(len(self._calls))
        self._let_none_go_on()
        self._older = 0
        self._continues_step.clear()
        self._unneeded.clear()
        self._forget_former_graphs()
        self._of_forward.graph.clear()
        self._of_backward.graph.clear()

    def _forget_former_graphs(self) -> None:
        for graph in self._former:
            graph.clear()
        self._former.clear()

    def _discard(self, count: int) -> None:
        for call in self._calls[:count]:
            call.remove()
        self.observed.discard(self._calls[:count])
        del self._calls[:count]

    def _let_none_go_on(self) -> None:
        """Let no later call continue one of those so far."""
        self._packed.clear()
        self._modules.clear()
        self._of_forward.clear()
        self._of_backward.clear()
        self._weights.clear()
        self.observed.let_none_go_on()


def _watch(graph: StepGraph, recorded: ModuleCall, piece: Piece) -> None:
    """Let a graph watch the states of a call that was recorded alone, and take over what has arrived."""
    graph.watch(piece, recorded.inputs, piece.layers[0].weights.w_ih)
    for place, gradient in recorded.arrived():
        graph.take_over(place, gradient)
    recorded.remove()
