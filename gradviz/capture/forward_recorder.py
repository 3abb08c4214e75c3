"""Records gates and states of forward passes, with gradients enabled or not, and no gradients."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.chosen_modules import NOT_CHOSEN
from gradviz.capture.forward_call import ForwardCall, run_forward_cell, run_forward_layer
from gradviz.capture.forward_sequence import ForwardSequence
from gradviz.capture.fused_call import parse_call
from gradviz.capture.in_place_of import run_natively
from gradviz.capture.kept_values import KeptWeights
from gradviz.capture.linking import Link, link_by_value
from gradviz.capture.observation import Observation
from gradviz.capture.observed import ObservedCall
from gradviz.capture.observed_recurrences import ObservedRecurrences
from gradviz.capture.output_hook import in_backward
from gradviz.capture.recorded_call import CallContext
from gradviz.cells.cell_table import spec_of_layer, spec_of_step
from gradviz.recording.call_record import CallRecord


class ForwardRecorder:
    """Does what `StepRecorder` does, for ``detail="forward"``.

    Without autograd's graph a call continues an earlier one of its module if it was given that one's last
    state itself, in the same memory, or row by row the same values or zeros.

    Parameters
    ----------
    samples : int or None
        How many sequences of the batch, evenly spaced; None for all.
    """

    def __init__(self, samples: int | None):
        self._context = CallContext(samples, full=True, measure_all=_measure_nothing)
        self.observed = ObservedRecurrences(self._context, has_gradients=False)
        self._sequences: list[ForwardSequence | ObservedCall] = []
        self._last: dict[str, list[tuple[ForwardCall, ForwardSequence]]] = {}  # of each sequence, newest last
        self._packed: list[tuple[weakref.ref[Tensor], ForwardCall]] = []
        self._weights = KeptWeights()
        self._older = 0  # how many sequences were made before the newest step of the optimizer
        self._count = 0

    def intercept(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one call in place of ``function``, and keep what its gates depend on."""
        if name == NOT_CHOSEN or in_backward():  # there a checkpoint makes its calls again
            return run_natively(function, *args)
        step, layer = spec_of_step(function), spec_of_layer(function)
        if step is not None and 0 not in args[0].shape:
            returned, call = run_forward_cell(step, name, args, self._weights, self._next_number())
            self._add(name, call, step.split_state(args[1]))
            return returned
        parsed = None if layer is None else parse_call(layer, args)
        if parsed is None or 0 in parsed.x.shape:
            return run_natively(function, *args)
        returned, call = run_forward_layer(parsed, name, self._weights, self._next_number())
        self._add(name, call, parsed.states)
        if parsed.batch_sizes is not None:
            self._packed.append((weakref.ref(returned[1]), call))
        return returned

    def _next_number(self) -> int:
        self._count += 1
        return self._count

    def _add(self, name: str, call: ForwardCall, incoming: Sequence[Tensor]) -> None:
        with self._context.lock, torch.inference_mode(False), torch.no_grad():
            last = self._last.setdefault(name, [])
            found = None if call.reverse is not None else _continued(call, incoming, last)
            if found is None:
                sequence = ForwardSequence(name, self._context)
                self._sequences.append(sequence)
                sequence.append(call)
            else:
                place, link = found
                before, sequence = last.pop(place)
                call.forward.before = before.forward
                sequence.append(call, link.rows)
            if call.reverse is None:
                last.append((call, sequence))

    def permuted(self, states: Tensor, indices: Tensor) -> None:
        """Note that a module has restored the order of the batch in the final states of a packed call."""
        for returned, call in self._packed:
            if returned() is states and not call.forward.is_continued:
                call.restore_order(indices)

    def observe(self, name: str, given: Observation, time: int | None) -> None:
        """Keep a time step of a recurrence written by hand; time increases within a sequence."""
        if in_backward():  # there a checkpoint makes its steps again
            return
        with self._context.lock, torch.inference_mode(False), torch.no_grad():
            call = self.observed.add(name, given, time)
            if call is not None:
                self._sequences.append(call)

    def state_nodes(self) -> frozenset[Node]:
        """What computed the states of this step: not known, for they are not followed."""
        return frozenset()

    @property
    def frozen(self) -> set[str]:
        """Modules that no gradient can reach: none, since no gradient is needed."""
        return set()

    @property
    def continues_step(self) -> float:
        """Whether a call begins with a state of an earlier step that was not detached: not known."""
        return math.nan

    @property
    def names(self) -> set[str]:
        """Names of the modules of which this step has a call."""
        return {sequence.name for sequence in self._sequences}

    @property
    def has_called(self) -> bool:
        return bool(self._sequences)

    def records(self, step: int) -> list[CallRecord]:
        """Everything recorded so far; the records of one module are numbered."""
        counts: dict[str, int] = {}
        found = []
        with self._context.lock:
            for sequence in self._sequences:
                number = counts[sequence.name] = counts.get(sequence.name, -1) + 1
                found.append(sequence.record(step, number))
        return found

    def end_iteration(self, is_newest_only: bool) -> None:
        """Note that the optimizer has made a step; if so told, keep only the newest iteration with calls."""
        with self._context.lock:
            if is_newest_only and len(self._sequences) > self._older:
                del self._sequences[: self._older]
                self._let_none_go_on()
            self._older = len(self._sequences)

    def clear(self) -> None:
        """Discard this step."""
        self._sequences.clear()
        self._let_none_go_on()
        self._older = 0

    def _let_none_go_on(self) -> None:
        self._last.clear()
        self._packed.clear()
        self._weights.clear()
        self.observed.let_none_go_on()


def _continued(
    call: ForwardCall, incoming: Sequence[Tensor], last: list[tuple[ForwardCall, ForwardSequence]]
) -> tuple[int, Link] | None:
    """Which of the last calls a call continues, and how; the newest counts first."""
    if not last:
        return None
    is_zero = not bool(incoming[0].detach().any())
    newest_first = list(reversed(range(len(last))))
    for place in newest_first:
        before = last[place][0]
        if is_zero and bool(before.forward.returned[0].any()):
            continue  # a state that was reset begins another sequence, in the same memory or not
        if _is_handed_on(incoming, before.handed_on) and before.forward.batch == call.forward.batch:
            return place, Link(before.forward, [], [], before.forward.sequence)
    for place in () if is_zero else newest_first:
        link = link_by_value(call.forward, incoming, last[place][0].forward)
        if link is not None:
            return place, link
    return None


def _is_handed_on(incoming: Sequence[Tensor], returned: Sequence[Tensor]) -> bool:
    """Whether the states are the ones returned, in the same memory; the model may have changed them there."""
    return all(
        a.data_ptr() == b.data_ptr()
        and a.numel() == b.numel()
        and a.shape[-2:] == b.shape[-2:]
        and a.numel() > 0
        for a, b in zip(incoming, returned, strict=True)
    )


def _measure_nothing() -> None:
    pass
