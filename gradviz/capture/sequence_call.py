"""The calls of one module that continue each other: one sequence, whatever calls made it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import call_attributes
from gradviz.capture.gate_statistics import gate_statistics
from gradviz.capture.hand_overs import Settings
from gradviz.capture.input_statistics import input_statistics
from gradviz.capture.measure import with_all_units
from gradviz.capture.output_hook import in_backward
from gradviz.capture.piece import Piece
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.replay_error import check_replay_error, computed_in
from gradviz.capture.row_numbers import numbered
from gradviz.capture.run import Run
from gradviz.capture.scaled_gradient import ScaledGradient
from gradviz.capture.sequence_measure import LayerMeasurement
from gradviz.capture.sequence_times import SequenceTimes
from gradviz.capture.spectrum import spectrum, weight_norm
from gradviz.capture.step_graph import StepGraph
from gradviz.cells.cell_spec import CellSpec
from gradviz.recording.call_record import CallRecord


class SequenceCall:
    """One sequence of a module, of one call or several; see `RecordedCall`.

    Parameters
    ----------
    name : str
        Dotted name of the module.
    spec : CellSpec
    context : CallContext
    graph : StepGraph
    attributes : dict
        Facts about the module.
    """

    def __init__(
        self,
        name: str,
        spec: CellSpec,
        context: CallContext,
        graph: StepGraph,
        attributes: dict[str, Any],
    ):
        self.name = name
        self.pieces: list[Piece] = []
        self._spec = spec
        self._context = context
        self._graph = graph
        self._attributes = attributes
        self.is_recomputed = in_backward()
        self._is_stale = not self.is_recomputed  # then it counts only if a gradient arrives
        self._changes = 0  # of the graph at its states, when it was measured
        self._found: tuple[dict[str, np.ndarray], np.ndarray, float] | None = None
        self._computed_in = ""

    def append(self, piece: Piece, rows: Tensor | None = None) -> None:
        """Add a call.

        Parameters
        ----------
        piece : Piece
        rows : Tensor of int, shape (batch,), optional
            For each row of its batch the number of its sequence, -1 if it begins one.
        """
        if not self.pieces:
            some = piece.layers[0].x
            self._computed_in = computed_in(some.dtype, some.device)
        if rows is not None:
            piece.sequence = numbered(rows, [each.sequence for each in self.pieces])
        self.pieces.append(piece)
        self._is_stale |= not in_backward()

    def split(self, piece: Piece) -> SequenceCall:
        """Let the sequence end before a piece, with which another begins; returns that."""
        at = self.pieces.index(piece)
        later = SequenceCall(self.name, self._spec, self._context, self._graph, self._attributes)
        later.pieces, self.pieces = self.pieces[at:], self.pieces[:at]
        later._computed_in = self._computed_in
        later.pieces[0].before = None
        later._is_stale = self._is_stale = True
        return later

    def steps_until(self, piece: Piece) -> Tensor:
        """Time steps of each sequence up to the end of one of its pieces: (sequence,)."""
        return SequenceTimes(self.pieces, self._count()).steps_until(piece)

    def _count(self) -> int:
        """How many sequences there are in all pieces together."""
        return 1 + max(int(piece.sequence.max()) for piece in self.pieces)

    @property
    def has_gradient(self) -> bool:
        """Whether a gradient has arrived at any of its states."""
        places = (place for piece in self.pieces for place in piece.places())
        return any(self._graph.arrived(place, self.name).total is not None for place in places)

    def measure(self) -> None:
        if not self.pieces:
            return
        places = (place for piece in self.pieces for place in (*piece.places(), *piece.given_at))
        changes = self._graph.changes_at(places)
        if not self._is_stale and changes == self._changes:
            return
        self._is_stale, self._changes = False, changes
        with self._context.measuring(self.pieces[0].layers[0].x.device):
            self._measure()

    def remove(self) -> None:
        """Nothing to do: hooks are in the graph only while a backward pass runs."""

    def _measure(self) -> None:
        count = self._count()
        device = self.pieces[0].sequence.device
        chosen = self._context.rows(count, device)
        workspace = self._context.workspace(self.pieces[0].layers[0].out)
        settings = Settings(
            self._spec,
            self._graph,
            workspace,
            self._computed_in,
            self._context.full,
            torch.finfo(self.pieces[0].layers[0].out.dtype).tiny,
        )
        times = SequenceTimes(self.pieces, count)
        layers: list[dict[str, Tensor]] = []
        error, is_touched = 0.0, False
        inputs: list[tuple[Run, Tensor]] = []
        from_above: dict[Piece, ScaledGradient] = {}
        for number in reversed(range(len(self.pieces[0].layers))):
            layer = LayerMeasurement(self.pieces, number, chosen, settings, from_above)
            from_above = layer.to_below
            is_touched |= layer.is_touched
            error = max([error, *(run.replay_error for run in layer.runs)])
            names = layer.runs[0].variables
            found = {
                name: times.joined([(one.run, one.variables[name]) for one in layer.runs], chosen)
                for name in names
            }
            gates = times.joined([(one.run, one.gates) for one in layer.runs], chosen)
            found = {name: with_all_units(name, values, gates.shape[-1]) for name, values in found.items()}
            valid = ~gates[..., 0, 0].isnan()
            summary = gate_statistics(
                self._spec.description,
                gates.nan_to_num().movedim(2, 0).contiguous(),
                None if bool(valid.all()) else valid,
            )
            found.update({name: values.clone() for name, values in summary.items()})
            weights = layer.runs[-1].run.weights.to(workspace.dtype)
            w_hr = getattr(weights, "w_hr", None)  # cells have no projection
            recurrent = weights.w_hh, len(self._spec.description.gates), w_hr
            found.update(weight_norm(*recurrent))
            if self._context.full:
                found.update(spectrum(*recurrent))
            layers.insert(0, found)
            if not number:
                inputs = [(one.run, one.run.joined(lambda piece: piece.layers[0].x)) for one in layer.runs]
        dropped = set() if is_touched else {v.LOG10_GRAD_STATE}
        as_float = np.float64 if workspace.dtype == torch.float64 else np.float32
        variables = {
            name: np.stack([_numpy(found[name], as_float) for found in layers])[:, None]
            for name in layers[0]
            if name not in dropped
        }
        of_input = input_statistics(times.joined(inputs, chosen).float())
        variables |= {name: _numpy(values, as_float) for name, values in of_input.items()}
        self._found = variables, chosen.cpu().numpy(), error

    def records(self, step: int, number: int) -> list[CallRecord]:
        if self._found is None:
            return []
        variables, chosen, error = self._found
        check_replay_error(self.name, step, error, self._computed_in)
        first = self.pieces[0]
        record = CallRecord(
            step=step,
            module=self.name,
            cell=self._spec.name,
            samples=chosen,
            variables=variables,
            replay_error=error,
            attributes=call_attributes(
                self._context.full,
                first.layers[0].x.dtype,
                self._computed_in,
                batch=self._count(),
                length=variables[v.LOG10_GRAD_H].shape[2],
            )
            | self._attributes
            | self._way_of_calling(),
            call=number,
        )
        return [record]

    def _way_of_calling(self) -> dict[str, int]:
        is_loop = all(piece.steps == 1 for piece in self.pieces)
        return {v.IN_A_LOOP: 1} if is_loop else {}


def _numpy(values: Tensor, dtype: type[np.floating[Any]]) -> np.ndarray:
    return values.detach().cpu().numpy().astype(dtype)
