"""A recurrence written by hand: the states given to ``tape.observe``, and their total gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from gradviz import vocabulary as v
from gradviz.capture.arrived_gradient import GradientParts
from gradviz.capture.autograd_graph import Place, place_of, way_back
from gradviz.capture.call_attributes import call_attributes, dtype_name
from gradviz.capture.hand_over import moves_rows, operators
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.row_numbers import numbered
from gradviz.capture.unsupported import check_plain_backward
from gradviz.recording.call_record import CallRecord


class ObservedState(NamedTuple):
    """One state; ``values``: (batch, unit), ``sequence``: (batch,), the number of each row's sequence."""

    values: Tensor
    place: Place | None
    sequence: Tensor
    arrived: GradientParts


class ObservedCall:
    """The states of one sequence by time step; see `RecordedCall`.

    Parameters
    ----------
    name : str
    context : CallContext
    """

    def __init__(self, name: str, context: CallContext):
        self.name = name
        self._context = context
        self._states: dict[int, ObservedState] = {}
        self._handles: list[RemovableHandle] = []
        self._has_gradient = False

    @property
    def next_time(self) -> int:
        return max(self._states, default=-1) + 1

    @property
    def first_time(self) -> int:
        return min(self._states, default=0)

    @property
    def has_gradient(self) -> bool:
        return self._has_gradient

    @property
    def is_recomputed(self) -> bool:
        return False

    def add(self, time: int, state: Tensor) -> None:
        """Add a state.

        Parameters
        ----------
        time : int
        state : Tensor, shape (batch, unit), or (unit,) of a batch of one

        Raises
        ------
        ValueError
            If its batch has another size than that of the state before, and its rows cannot be followed.
        """
        values = torch.atleast_2d(state.detach())
        observed = ObservedState(values, place_of(state), self._sequence_of(state), GradientParts())
        self._states[time] = observed
        if state.grad_fn is not None:
            number = state.output_nr
            self._handles.append(
                state.grad_fn.register_prehook(lambda gradients: self._add(observed, gradients[number]))
            )
        elif state.requires_grad:
            self._handles.append(state.register_hook(lambda gradient: self._add(observed, gradient)))

    def _sequence_of(self, state: Tensor) -> Tensor:
        rows = torch.arange(len(torch.atleast_2d(state)), device=state.device)
        if not self._states:
            return rows
        before = self._states[self.next_time - 1]
        followed = self._followed(state, before)
        if followed is not None:
            return numbered(followed, [each.sequence for each in self._states.values()])
        if len(rows) == len(before.sequence):
            return before.sequence
        raise ValueError(
            f"tape.observe({self.name!r}): the state has {len(rows)} rows, the one before had "
            f"{len(before.sequence)}, and autograd's graph does not show which became which; an index, a "
            "slice, a mask of rows and torch.cat can be followed, so derive each state from the one before, "
            "or give the sequences that go on another name"
        )

    def _followed(self, state: Tensor, before: ObservedState) -> Tensor | None:
        """The sequence of each row as the graph shows it, -1 for a new one; None if nothing has moved it."""
        start = place_of(state)
        if start is None or before.place is None:
            return None
        back = way_back([start], {before.place}.__contains__, set())
        if before.place not in back.sources or not moves_rows(back.nodes):
            return None
        found = operators(state, start, back.nodes, {before.place: tuple(before.values.shape)})
        rows = found[before.place].rows if before.place in found else None
        if rows is None:
            return None
        sequence = torch.full((len(torch.atleast_2d(state)),), -1, device=state.device)
        sequence[rows[rows >= 0]] = before.sequence[rows >= 0]
        return sequence

    def _add(self, observed: ObservedState, gradient: Tensor | None) -> None:
        if gradient is None:
            return
        check_plain_backward([gradient])
        observed.arrived.add_total(torch.atleast_2d(gradient.detach()))
        self._has_gradient = True

    def measure(self) -> None:
        """Do nothing: the gradients are recorded as autograd computes them."""

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()

    def records(self, step: int, number: int) -> list[CallRecord]:
        if not self._has_gradient:
            return []
        full = self._context.full
        some = next(iter(self._states.values())).values
        units = max(state.values.shape[-1] for state in self._states.values())
        count = 1 + max(int(state.sequence.max()) for state in self._states.values())
        samples = self._context.rows(count, some.device)
        shape = (1, 1, self.next_time, len(samples))
        variables = {name: np.full(shape, np.nan) for name in (v.LOG10_GRAD_H, v.STATE_H)}
        if full:
            variables |= {name: np.full((*shape, units), np.nan) for name in (v.H, v.GRAD_H)}
        for time, state in self._states.items():
            row, column = (state.sequence.unsqueeze(1) == samples).nonzero(as_tuple=True)
            total = state.arrived.total
            gradient = torch.zeros_like(state.values[row]) if total is None else total[row]
            here = (0, 0, time, column.cpu())
            variables[v.LOG10_GRAD_H][here] = log10_norm(unit_norm(gradient)).cpu()
            variables[v.STATE_H][here] = unit_norm(state.values[row]).cpu()
            if full:
                width = slice(state.values.shape[-1])
                variables[v.H][0, 0, time, column.cpu(), width] = state.values[row].double().cpu()
                variables[v.GRAD_H][0, 0, time, column.cpu(), width] = gradient.double().cpu()
        record = CallRecord(
            step=step,
            module=self.name,
            cell=v.OBSERVED,
            samples=samples.cpu().numpy(),
            variables=variables,
            replay_error=0.0,
            attributes=call_attributes(
                full, some.dtype, dtype_name(some.dtype), batch=count, length=self.next_time
            )
            | {v.HIDDEN_SIZE: units},
            call=number,
        )
        return [record]
