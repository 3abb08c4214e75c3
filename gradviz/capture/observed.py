"""A recurrence written by hand: what was given to ``tape.observe`` in one sequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import call_attributes, dtype_name
from gradviz.capture.computed_at_once import StatesAtOnce, used_by_later
from gradviz.capture.observation import Observation
from gradviz.capture.observed_rows import followed_rows
from gradviz.capture.observed_tensor import GradientReaders, ObservedTensor
from gradviz.capture.observed_variables import ObservedVariables
from gradviz.capture.output_hook import in_backward
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.row_numbers import numbered
from gradviz.cell_descriptions import CellDescription, gate_attributes
from gradviz.recording.call_record import CallRecord


class ObservedStep(NamedTuple):
    """One time step; ``sequence``: (batch,), the number of each row's sequence."""

    state: ObservedTensor
    gates: dict[str, ObservedTensor]
    cell_state: ObservedTensor | None
    sequence: Tensor

    def tensors(self) -> Iterator[ObservedTensor]:
        yield self.state
        yield from self.gates.values()
        if self.cell_state is not None:
            yield self.cell_state


class ObservedCall:
    """The states of one sequence by time step; see `RecordedCall`.

    Parameters
    ----------
    name : str
    cell : CellDescription
        With its gates.
    context : CallContext
    records_gradients : bool
        If not, its states and gates are recorded as soon as they are given, without a backward pass.

    Attributes
    ----------
    is_at_once : bool
        Whether its states were computed all at once; then only their direct gradients are known.
    saw_backward : bool
        Whether a backward pass has run since it began.
    """

    def __init__(
        self, name: str, cell: CellDescription, context: CallContext, *, records_gradients: bool = True
    ):
        self.name = name
        self.is_recomputed = in_backward()
        self.is_at_once = False
        self.saw_backward = False
        self._cell = cell
        self._context = context
        self._records_gradients = records_gradients
        self._steps: dict[int, ObservedStep] = {}
        self._readers = GradientReaders()
        self._dead_ends: set[Node] = set()
        self._states_at_once, self._cells_at_once = StatesAtOnce(), StatesAtOnce()

    @property
    def next_time(self) -> int:
        return max(self._steps, default=-1) + 1

    @property
    def first_time(self) -> int:
        return min(self._steps, default=0)

    @property
    def has_gradient(self) -> bool:
        return any(tensor.total is not None for step in self._steps.values() for tensor in step.tensors())

    def add(self, time: int, given: Observation) -> None:
        """Add a time step.

        Raises
        ------
        ValueError
            If it has another number of units than the step before, or its batch has another size and its rows
            cannot be followed.
        """
        self._check_units(given)
        sequence = self._sequence_of(given.state)
        state, *rest = (ObservedTensor(tensor, self._readers) for tensor in given.tensors())
        cell_state = rest.pop() if given.cell_state is not None else None
        self._steps[time] = ObservedStep(
            state, dict(zip(given.gates, rest, strict=True)), cell_state, sequence
        )
        self.is_at_once |= self._states_at_once.add(state)
        if cell_state is not None:
            self.is_at_once |= self._cells_at_once.add(cell_state)

    def _check_units(self, given: Observation) -> None:
        """Raise if a tensor has another number of units than at the step before."""
        if not self._steps:
            return
        before = next(reversed(self._steps.values()))
        names = ("the state", *(f"gate {gate!r}" for gate in given.gates), "cell_state")
        for name, tensor, old in zip(names, given.tensors(), before.tensors(), strict=False):
            if tensor.shape[-1] != old.values.shape[-1]:
                raise ValueError(
                    f"tape.observe({self.name!r}): {name} has {tensor.shape[-1]} units, and had "
                    f"{old.values.shape[-1]} at the step before; observe another size under another name"
                )

    def _sequence_of(self, state: Tensor) -> Tensor:
        rows = torch.arange(len(torch.atleast_2d(state)), device=state.device)
        if not self._steps:
            return rows
        before = self._steps[self.next_time - 1]
        followed = followed_rows(state, before.state, before.sequence, self._dead_ends)
        if followed is not None:
            return numbered(followed, [each.sequence for each in self._steps.values()])
        if len(rows) == len(before.sequence):
            return before.sequence
        raise ValueError(
            f"tape.observe({self.name!r}): the state has {len(rows)} rows, the one before had "
            f"{len(before.sequence)}, and autograd's graph does not show which became which; an index, a "
            "slice, a mask of rows and torch.cat can be followed, so derive each state from the one before, "
            "or give the sequences that go on another name"
        )

    def measure(self) -> None:
        """Do nothing: the gradients are recorded as autograd computes them."""

    def remove(self) -> None:
        self._readers.remove()
        self._dead_ends.clear()

    def why_missing(self) -> list[str]:
        """Sentences that say what is not recorded, and what to do; none while a backward pass is to come."""
        if not self.saw_backward or self.is_recomputed:
            return []
        if not self.has_gradient:
            states = [step.state for step in self._steps.values()]
            if not any(state.needs_gradient for state in states):
                return [
                    "none of the states given to tape.observe at a recorded step needs a gradient; give it "
                    "the states that the loop goes on with, before they are detached"
                ]
        lost = [
            what
            for what, tensors in self._by_part().items()
            if any(tensor.is_lost_copy for tensor in tensors) and all(one.total is None for one in tensors)
        ]
        return [
            f"{what} given to tape.observe was copied for that call only, and the loop goes on with what it "
            "was copied from, so no gradient reaches the copy; give the tensor that the loop goes on with, "
            "or a view of it such as state[0], and not a clone or state[index]"
            for what in lost
        ]

    def _by_part(self) -> dict[str, list[ObservedTensor]]:
        """The tensors of all time steps: of the state, of each gate and of the cell state."""
        steps = list(self._steps.values())
        found = {"the state": [step.state for step in steps]}
        for gate in self._cell.gates:
            found[f"the gate {gate!r}"] = [step.gates[gate] for step in steps]
        cells = [step.cell_state for step in steps if step.cell_state is not None]
        return {**found, "the cell state": cells} if cells else found

    def records(self, step: int, number: int) -> list[CallRecord]:
        is_lost = self.why_missing() and not self.has_gradient
        if is_lost or not (self.has_gradient or self.saw_backward):
            return []
        return [self.record(step, number)]

    def record(self, step: int, number: int) -> CallRecord:
        """What is known so far, whether or not a gradient has arrived."""
        some = next(iter(self._steps.values())).state.values
        with torch.inference_mode(False), self._context.measuring(some.device):
            return self._record(step, number, some)

    def _record(self, step: int, number: int, some: Tensor) -> CallRecord:
        steps = dict(sorted(self._steps.items()))
        count = 1 + max(int(each.sequence.max()) for each in steps.values())
        samples = self._context.rows(count, some.device)
        variables = ObservedVariables(
            {time: each.sequence for time, each in steps.items()},
            samples,
            units=max(one.values.shape[-1] for each in steps.values() for one in each.tensors()),
            workspace=self._context.workspace(some),
        )
        states = {time: each.state for time, each in steps.items()}
        variables.add_state(states, v.STATE_H, v.H)
        cells = {time: each.cell_state for time, each in steps.items() if each.cell_state is not None}
        if cells:
            variables.add_state(cells, v.STATE_C, v.C)
        if self._cell.gates:
            variables.add_gates(self._gates(steps), self._cell)
        if self._records_gradients:
            self._add_gradients(variables, steps)
        detail = {} if self._records_gradients else {v.DETAIL: v.FORWARD_ONLY}
        return CallRecord(
            step=step,
            module=self.name,
            cell=v.OBSERVED,
            samples=samples.cpu().numpy(),
            variables=variables.found(full=self._context.full),
            replay_error=0.0,
            attributes=call_attributes(
                self._context.full, some.dtype, dtype_name(some.dtype), batch=count, length=self.next_time
            )
            | detail
            | {v.HIDDEN_SIZE: max(state.values.shape[-1] for state in states.values())}
            | gate_attributes(self._cell),
            call=number,
        )

    def _add_gradients(self, variables: ObservedVariables, steps: dict[int, ObservedStep]) -> None:
        """Add the gradients at the states and at the gates; of states computed at once, the direct ones."""
        states = {time: each.state for time, each in steps.items()}
        cells = {time: each.cell_state for time, each in steps.items() if each.cell_state is not None}
        if self.is_at_once:
            is_unclear = used_by_later(list(states.values()))
            direct = {
                time: one
                for (time, one), unclear in zip(states.items(), is_unclear, strict=True)
                if not unclear
            }
            variables.add_gradient(direct, v.LOG10_GRAD_H_DIRECT)
        else:
            variables.add_gradient(states, v.LOG10_GRAD_H, v.GRAD_H)
        if cells and not self.is_at_once:
            variables.add_gradient(cells, v.LOG10_GRAD_C, v.GRAD_C)
        if self._cell.gates:
            variables.add_gate_gradients(self._gates(steps), self._cell)

    def _gates(self, steps: dict[int, ObservedStep]) -> dict[str, dict[int, ObservedTensor]]:
        return {gate: {time: each.gates[gate] for time, each in steps.items()} for gate in self._cell.gates}
