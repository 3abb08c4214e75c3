"""The forward calls of one module that continue each other, and their gates and states."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import call_attributes
from gradviz.capture.forward_call import ForwardCall
from gradviz.capture.gate_statistics import gate_statistics
from gradviz.capture.input_statistics import input_statistics
from gradviz.capture.log10_norm import unit_norm
from gradviz.capture.measure import state_variables, with_all_units
from gradviz.capture.piece import Piece
from gradviz.capture.recorded_call import CallContext
from gradviz.capture.replay_error import check_replay_error, replay_error
from gradviz.capture.row_numbers import numbered
from gradviz.capture.run import Run, run_of
from gradviz.capture.sequence_times import SequenceTimes
from gradviz.cells.workspace import Workspace
from gradviz.recording.call_record import CallRecord


class ForwardSequence:
    """One sequence of a module, of one call or several.

    Parameters
    ----------
    name : str
        Dotted name of the module.
    context : CallContext
    """

    def __init__(self, name: str, context: CallContext):
        self.name = name
        self.calls: list[ForwardCall] = []
        self._context = context
        self._found: tuple[dict[str, np.ndarray], np.ndarray, float] | None = None

    def append(self, call: ForwardCall, rows: Tensor | None = None) -> None:
        """Add a call; ``rows``: (batch,), the number of each row's sequence, -1 if it begins one."""
        if rows is not None:
            call.forward.sequence = numbered(rows, [each.sequence for each in self._pieces])
        self.calls.append(call)
        self._found = None

    @property
    def _pieces(self) -> list[Piece]:
        return [call.forward for call in self.calls]

    @property
    def _count(self) -> int:
        return 1 + max(int(piece.sequence.max()) for piece in self._pieces)

    def record(self, step: int, number: int) -> CallRecord:
        """The gates and states so far; ``number``: of the call within the step."""
        if self._found is None:
            with (
                torch.inference_mode(False),
                self._context.measuring(self._pieces[0].layers[0].x.device),
            ):
                self._found = self._measure()
        variables, chosen, error = self._found
        first = self.calls[0]
        check_replay_error(self.name, step, error, first.computed_in)
        is_loop = len(self.calls) > 1 and all(piece.steps == 1 for piece in self._pieces)
        return CallRecord(
            step=step,
            module=self.name,
            cell=first.spec.name,
            samples=chosen,
            variables=variables,
            replay_error=error,
            attributes=call_attributes(
                False,
                first.forward.layers[0].x.dtype,
                first.computed_in,
                batch=self._count,
                length=variables[v.STATE_H].shape[2],
            )
            | {v.DETAIL: v.FORWARD_ONLY}
            | first.attributes
            | ({v.IN_A_LOOP: 1} if is_loop else {}),
            call=number,
        )

    def _measure(self) -> tuple[dict[str, np.ndarray], np.ndarray, float]:
        pieces, first = self._pieces, self.calls[0]
        chosen = self._context.rows(self._count, pieces[0].sequence.device)
        workspace = self._context.workspace(pieces[0].layers[0].out)
        times = SequenceTimes(pieces, self._count)
        as_float = np.float64 if workspace.dtype == torch.float64 else np.float32
        directions = [pieces] if first.reverse is None else [pieces, [first.reverse]]
        layers, error = [], 0.0
        for layer in range(len(pieces[0].layers)):
            found = []
            for direction, of_direction in enumerate(directions):
                runs = [
                    _MeasuredRun(run, first, direction, workspace)
                    for run in _runs(of_direction, layer, chosen)
                ]
                error = max([error, *(run.error for run in runs)])
                found.append(self._joined(runs, times, chosen))
            layers.append(found)
        variables = {
            name: np.stack([[_numpy(one[name], as_float) for one in found] for found in layers])
            for name in layers[0][0]
        }
        inputs = [
            (run, torch.cat([run.by_time(piece, piece.layers[0].x) for piece in run.pieces]))
            for run in _runs(pieces, 0, chosen)
        ]
        of_input = input_statistics(times.joined(inputs, chosen).to(workspace.dtype))
        variables |= {name: _numpy(values, as_float) for name, values in of_input.items()}
        return variables, chosen.cpu().numpy(), error

    def _joined(self, runs: list[_MeasuredRun], times: SequenceTimes, chosen: Tensor) -> dict[str, Tensor]:
        """The variables of one layer and direction along real time."""
        found = {
            name: times.joined([(one.run, one.variables[name]) for one in runs], chosen)
            for name in runs[0].variables
        }
        gates = found[v.GATES]
        there = [(one.run, one.run.valid.unsqueeze(-1).to(gates.dtype)) for one in runs]
        valid = times.joined(there, chosen)[..., 0] == 1
        summary = gate_statistics(
            self.calls[0].spec.description,
            gates.masked_fill(~valid[..., None, None], 0).movedim(2, 0).contiguous(),
            None if bool(valid.all()) else valid,
        )
        found |= {name: values.clone() for name, values in summary.items()}
        return {name: with_all_units(name, values, gates.shape[-1]) for name, values in found.items()}


class _MeasuredRun:
    """The states and gates of a run, (time, sample, ...) in real time."""

    def __init__(self, run: Run, call: ForwardCall, direction: int, workspace: Workspace):
        spec, dtype = call.spec, workspace.dtype
        sequences = run.sequences(spec, dtype)
        replay = spec.replay(sequences, run.weights.to(dtype), workspace)
        found = state_variables(sequences, replay, unit_norm(sequences.h), full=True)
        for name in {v.STATE_H, v.STATE_C} & found.keys():  # NaN means that there is no step
            found[name] = found[name].masked_fill(~torch.isfinite(found[name]), torch.inf)
        self.run = run
        self.error = replay_error(replay, sequences, run.valid)
        if direction:
            real_time = call.layout(run.rows, direction).real_time
            self.variables = {name: real_time(values.clone()) for name, values in found.items()}
        else:
            self.variables = {name: values.clone() for name, values in found.items()}


def _runs(pieces: list[Piece], layer: int, chosen: Tensor) -> Iterator[Run]:
    """Stretches of calls whose states were handed on with their values unchanged."""
    group: list[Piece] = []
    for piece in pieces:
        if group and not _goes_on(group[-1], piece, layer):
            yield run_of(group, layer, chosen)
            group = []
        group.append(piece)
    yield run_of(group, layer, chosen)


def _goes_on(before: Piece, after: Piece, layer: int) -> bool:
    if before.layout.valid is not None or after.layout.valid is not None:
        return False
    if before.sequence is not after.sequence:
        return False
    one, other = before.layers[layer], after.layers[layer]
    returned = [state if len(before.layers) == 1 else state[layer] for state in before.returned]
    return one.weights is other.weights and all(
        torch.equal(state.reshape(given.shape), given)
        for state, given in zip(returned, other.before, strict=True)
    )


def _numpy(values: Tensor, dtype: type[np.floating]) -> np.ndarray:
    return values.detach().cpu().numpy().astype(dtype)
