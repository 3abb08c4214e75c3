"""The recorded variables of a recurrence written by hand, from its states, gates and gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.gate_statistics import gate_statistics
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.observed_tensor import ObservedTensor
from gradviz.capture.squash_slope import squash_slope
from gradviz.cell_descriptions import CellDescription, observed_cell
from gradviz.cells.workspace import Workspace
from gradviz.recording.variables import holds_every_unit

ByTime = Mapping[int, ObservedTensor]


class ObservedVariables:
    """Collects variables with dims (layer, direction, time, sample, ...), NaN where a sequence is not there.

    Gates and states may have different numbers of units; the dim ``unit`` has the largest, with NaN beyond.

    Parameters
    ----------
    sequences : mapping of int to Tensor of int, shape (batch,)
        For every time step, the number of each row's sequence.
    samples : Tensor of int, shape (sample,)
        The sequences to record.
    units : int
        Of the widest tensor.
    workspace : Workspace
    """

    def __init__(self, sequences: Mapping[int, Tensor], samples: Tensor, *, units: int, workspace: Workspace):
        self._places = {
            time: (sequence.unsqueeze(1) == samples).nonzero(as_tuple=True)  # row, column
            for time, sequence in sequences.items()
        }
        self._shape = (1 + max(sequences), len(samples))
        self._units = units
        self._workspace = workspace
        self._found: dict[str, Tensor] = {}
        self._activations: dict[str, Tensor] = {}  # by gate, over its own units

    def add_state(self, states: ByTime, norm: str, signed: str) -> None:
        """Add values and their norms over units."""
        values = self._gathered({time: one.values for time, one in states.items()})
        self._found[signed] = self._padded(values)
        self._found[norm] = unit_norm(values)

    def add_gradient(self, states: ByTime, log10: str, signed: str | None = None) -> None:
        """Add total gradients and the log10 of their norms, -inf where none has arrived.

        They are NaN if the tensors were copied only to be observed, since their gradient is not known then.
        """
        gradient = self._gradient(states)
        self._found[log10] = self._log10(gradient, states)
        if signed is not None:
            self._found[signed] = self._padded(gradient)

    def add_gates(self, gates: Mapping[str, ByTime], cell: CellDescription) -> None:
        """Add activations, and their statistics over each gate's own units."""
        activations = []
        statistics: dict[str, list[Tensor]] = {}
        for gate, of_gate in gates.items():
            values = self._gathered({time: one.values for time, one in of_gate.items()})
            self._activations[gate] = values
            activations.append(self._padded(values))
            for name, found in self._statistics(gate, cell, values).items():
                statistics.setdefault(name, []).append(found)
        self._found[v.GATES] = torch.stack(activations, -2)  # (time, sample, gate, unit)
        for name, each in statistics.items():
            self._found[name] = torch.stack(each, -1 if name.startswith("gate") else 0)

    def add_gate_gradients(self, gates: Mapping[str, ByTime], cell: CellDescription) -> None:
        """Add the gradients at the arguments of the squashing functions, after `add_gates`."""
        at_gates, norms = [], []
        for gate, of_gate in gates.items():
            gradient = self._gradient(of_gate) * squash_slope(cell.squash[gate], self._activations[gate])
            at_gates.append(self._padded(gradient))
            norms.append(self._log10(gradient, of_gate))
        self._found[v.GRAD_GATES] = torch.stack(at_gates, -2)
        self._found[v.LOG10_GRAD_GATE] = torch.stack(norms, -1)

    def _statistics(self, gate: str, cell: CellDescription, values: Tensor) -> dict[str, Tensor]:
        valid = self._valid(self._places)
        found = gate_statistics(
            observed_cell({gate: cell.squash[gate]}),
            torch.where(valid.unsqueeze(-1), values, 0).to(self._workspace.dtype).unsqueeze(0).contiguous(),
            valid,
        )
        return {
            name: each.squeeze(-1).clone() if name.startswith("gate") else self._padded(each.squeeze(0))
            for name, each in found.items()
        }

    def found(self, *, full: bool) -> dict[str, np.ndarray]:
        """The variables as arrays; those of every unit only with ``full``."""
        return {
            name: values[None, None].cpu().numpy()
            for name, values in self._found.items()
            if full or not holds_every_unit(name)
        }

    def _gathered(self, by_time: Mapping[int, Tensor]) -> Tensor:
        """The recorded rows of all time steps, (time, sample, unit) in float64, NaN where there is none."""
        some = next(iter(by_time.values()), None)
        width = 1 if some is None else some.shape[-1]
        device = next(iter(self._places.values()))[0].device
        found = torch.full((*self._shape, width), torch.nan, dtype=torch.float64, device=device)
        for time, values in by_time.items():
            row, column = self._places[time]
            found[time, column] = values[row].double()
        return found

    def _gradient(self, by_time: ByTime) -> Tensor:
        gradient = self._gathered({time: _total(one) for time, one in by_time.items()})
        tensors = by_time.values()
        is_lost = any(one.is_lost_copy for one in tensors) and all(one.total is None for one in tensors)
        return torch.full_like(gradient, torch.nan) if is_lost else gradient

    def _log10(self, gradient: Tensor, times: Iterable[int]) -> Tensor:
        """log10 of norms over units, +inf where a gradient is not finite."""
        found = log10_norm(unit_norm(gradient))
        unknown = ~self._valid(times) | gradient.isnan().all()
        return found.masked_fill(unknown, torch.nan)

    def _valid(self, times: Iterable[int]) -> Tensor:
        """Which sequences are there at these time steps, (time, sample)."""
        device = next(iter(self._places.values()))[0].device
        valid = torch.zeros(self._shape, dtype=torch.bool, device=device)
        for time in times:
            valid[time, self._places[time][1]] = True
        return valid

    def _padded(self, values: Tensor) -> Tensor:
        """With NaN up to the number of units."""
        return torch.nn.functional.pad(values, (0, self._units - values.shape[-1]), value=torch.nan)


def _total(one: ObservedTensor) -> Tensor:
    return torch.zeros_like(one.values) if one.total is None else one.total
