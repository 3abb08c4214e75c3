"""A recurrence written by hand: the states given to ``tape.observe``, and their total gradients."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import call_attributes, dtype_name
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.state_gradients import StateGradientAccumulator
from gradviz.recording.call_record import CallRecord


class ObservedCall:
    """The states of one sequence by time step; see `RecordedCall`.

    Parameters
    ----------
    name : str
    context : CallContext
    batch : int
    device : torch.device
    """

    def __init__(self, name: str, context: CallContext, *, batch: int, device: torch.device):
        self.name = name
        self._context = context
        self._samples = context.rows(batch, device)
        self._batch = batch
        self._states: dict[int, tuple[Tensor, StateGradientAccumulator]] = {}
        self._has_gradient = False

    @property
    def next_time(self) -> int:
        return max(self._states, default=-1) + 1

    @property
    def has_gradient(self) -> bool:
        return self._has_gradient

    def add(self, time: int, state: Tensor) -> None:
        """``state``: (batch, unit), or (unit,) of a batch of one."""
        values = torch.atleast_2d(state.detach())
        rows = self._samples[self._samples < len(values)]
        arrivals = StateGradientAccumulator(rows, self._arrived)
        if state.requires_grad:
            arrivals.watch(state)
        self._states[time] = values.index_select(0, rows), arrivals

    def _arrived(self) -> None:
        self._has_gradient = True

    def measure(self) -> None:
        """Do nothing: the gradients are recorded as autograd computes them."""

    def remove(self) -> None:
        for _, arrivals in self._states.values():
            arrivals.remove()

    def records(self, step: int, number: int) -> list[CallRecord]:
        if not self._has_gradient:
            return []
        full = self._context.full
        units = max(state.shape[-1] for state, _ in self._states.values())
        shape = (1, 1, self.next_time, len(self._samples))
        names = [v.LOG10_GRAD_H, v.STATE_H]
        variables = {name: np.full(shape, np.nan) for name in names}
        if full:
            variables |= {name: np.full((*shape, units), np.nan) for name in (v.H, v.GRAD_H)}
        for time, (state, arrivals) in self._states.items():
            total = torch.zeros_like(state) if arrivals.total is None else arrivals.total
            here = (0, 0, time, slice(len(state)))
            variables[v.LOG10_GRAD_H][here] = log10_norm(unit_norm(total)).cpu()
            variables[v.STATE_H][here] = unit_norm(state).cpu()
            if full:
                variables[v.H][(*here, slice(state.shape[-1]))] = state.double().cpu()
                variables[v.GRAD_H][(*here, slice(state.shape[-1]))] = total.double().cpu()
        some = next(iter(self._states.values()))[0]
        record = CallRecord(
            step=step,
            module=self.name,
            cell=v.OBSERVED,
            samples=self._samples.cpu().numpy(),
            variables=variables,
            replay_error=0.0,
            attributes=call_attributes(
                full, some.dtype, dtype_name(some.dtype), batch=self._batch, length=self.next_time
            )
            | {v.HIDDEN_SIZE: units},
            call=number,
        )
        return [record]
