"""Turn one layer's native states and arriving gradients into the variables of a recording."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture import saturation
from gradviz.capture.fused import LayerCall
from gradviz.capture.scaling import (
    ScaledBlock,
    log10_norm,
    scaled_blocks,
    times_power_of_two,
    unit_norm,
)
from gradviz.cells.layout import CellReplay, Sequences
from gradviz.cells.table import REPLAY
from gradviz.cells.workspace import Workspace


class Arrived(NamedTuple):
    """Gradients that reached a layer from above, each None where nothing arrived.

    ``out``: (time, batch, directions * hidden); ``h_n``, ``c_n``: (directions, batch, hidden).
    """

    out: Tensor | None
    h_n: Tensor | None
    c_n: Tensor | None


class Measured(NamedTuple):
    """Variables of one layer and direction, real time first; their dims without step, layer, direction."""

    variables: dict[str, np.ndarray]
    parity: float


def measure(
    ran: LayerCall, arrived: Arrived, direction: int, *, samples: Tensor, full: bool, workspace: Workspace
) -> Measured:
    """Replay one direction of a layer and follow its gradient back through time.

    Parameters
    ----------
    ran : LayerCall
    arrived : Arrived
    direction : int
        0 forward, 1 reverse.
    samples : Tensor of int, shape (sample,)
        Which sequences of the batch.
    full : bool
        Keep signed gradients, gates and states, and the norm that each path brings.
    workspace : Workspace
    """
    sequences = _choose_sequences(ran, direction, samples, workspace)
    replay = REPLAY[ran.cell](sequences, ran.weights[direction], workspace)
    direct, grad_c_last = _direct_gradient(arrived, direction, samples, workspace, sequences.h[1:].shape)
    keep = _Keeper(ran, replay, direct, ran.weights[direction].w_hh, full=full)
    for block in scaled_blocks(replay, direct, grad_c_last):
        keep.add(block)

    h = sequences.h[1:]
    found = keep.variables()
    found[v.STATE_H] = torch.linalg.vector_norm(h, dim=-1)
    if replay.c is not None:
        found[v.STATE_C] = torch.linalg.vector_norm(replay.c, dim=-1)
    found.update(saturation.over_samples(ran.cell, replay.gates, workspace))
    if full:
        found[v.H] = h
        found[v.GATES] = replay.gates.movedim(0, 2)
        if replay.c is not None:
            found[v.C] = replay.c
    parity = float((replay.h - h).abs().max())
    variables = {name: _to_numpy(name, values, direction, workspace.dtype) for name, values in found.items()}
    return Measured(variables, parity)


def _choose_sequences(ran: LayerCall, direction: int, samples: Tensor, workspace: Workspace) -> Sequences:
    steps = len(ran.x)
    hidden = ran.h0.shape[-1]
    x = _in_order(ran.x, direction, samples).to(workspace.dtype)
    native = ran.out[..., direction * hidden : (direction + 1) * hidden]
    h = workspace.take("h", steps + 1, len(samples), hidden)
    h[0] = ran.h0[direction].index_select(0, samples)
    h[1:] = _in_order(native, direction, samples)
    c0 = None if ran.c0 is None else ran.c0[direction].index_select(0, samples).to(workspace.dtype)
    return Sequences(x, h, c0)


def _in_order(values: Tensor, direction: int, samples: Tensor) -> Tensor:
    """The chosen sequences of a (time, batch, ...) array in the direction's order of processing."""
    if len(samples) < values.shape[1]:
        values = values.index_select(1, samples)
    return values.flip(0) if direction else values


def _direct_gradient(
    arrived: Arrived, direction: int, samples: Tensor, workspace: Workspace, shape: torch.Size
) -> tuple[Tensor | None, Tensor | None]:
    """What reached each state from above, and c_n; h_n is the state after the last processed step."""

    def last(gradient: Tensor | None) -> Tensor | None:
        if gradient is None:
            return None
        return gradient[direction].index_select(0, samples).to(workspace.dtype)

    direct = None
    if arrived.out is not None or arrived.h_n is not None:
        direct = workspace.take("direct", *shape)
        if arrived.out is None:
            direct.zero_()
        else:
            hidden = shape[-1]
            own = arrived.out[..., direction * hidden : (direction + 1) * hidden]
            direct.copy_(_in_order(own, direction, samples))
        h_n = last(arrived.h_n)
        if h_n is not None:
            direct[-1] += h_n
    return direct, last(arrived.c_n)


class _Keeper:
    """Takes from each block of the recursion what the recording wants."""

    def __init__(
        self, ran: LayerCall, replay: CellReplay, direct: Tensor | None, w_hh: Tensor, *, full: bool
    ):
        self._cell = v.CELLS[ran.cell]
        self._w_hh = w_hh
        self._full = full
        self._tiny = float(np.log10(torch.finfo(ran.out.dtype).tiny))
        steps, samples, hidden = replay.h.shape

        def empty(*more: int) -> Tensor:
            return torch.empty(steps, samples, *more, dtype=torch.float64, device=replay.h.device)

        self._found = {v.LOG10_GRAD_H: empty(), v.LOG10_GRAD_GATE: empty(len(self._cell.gates))}
        if direct is None:
            self._found[v.LOG10_GRAD_H_DIRECT] = torch.full_like(empty(), -torch.inf)
        else:
            self._found[v.LOG10_GRAD_H_DIRECT] = log10_norm(unit_norm(direct))
        if replay.c is not None:
            self._found[v.LOG10_GRAD_C] = empty()
        if full:
            self._found[v.GRAD_H] = empty(hidden)
            self._found[v.GRAD_GATES] = empty(len(self._cell.gates), hidden)
            self._found[v.LOG10_GRAD_PATH] = empty(len(self._cell.paths))
            self._found[v.LOG10_GRAD_PATH][..., 0] = self._found[v.LOG10_GRAD_H_DIRECT]
            if replay.c is not None:
                self._found[v.GRAD_C] = empty(hidden)

    def add(self, block: ScaledBlock) -> None:
        here = slice(block.first, block.stop)
        found, rest = self._found, block.rest
        found[v.LOG10_GRAD_H][here] = log10_norm(block.norm_h, block.exponent)
        found[v.LOG10_GRAD_GATE][here] = log10_norm(unit_norm(rest.grad_gates), block.exponent)
        if block.norm_c is not None:
            found[v.LOG10_GRAD_C][here] = log10_norm(block.norm_c, block.exponent)
        if self._full:
            found[v.GRAD_H][here] = _unscaled(block.grad_h, block.exponent)
            found[v.GRAD_GATES][here] = _unscaled(rest.grad_gates, block.exponent.unsqueeze(-1))
            if rest.grad_c is not None:
                found[v.GRAD_C][here] = _unscaled(rest.grad_c, block.exponent)
            self._add_paths(block)

    def _add_paths(self, block: ScaledBlock) -> None:
        """What each way from step t + 1 brought to step t."""
        pushed = torch.cat([block.rest.pushed[1:], block.carry_in[0].unsqueeze(0)])
        gates = len(self._cell.gates)
        hidden = pushed.shape[-1] // gates
        through_gate = torch.einsum(
            "tsgk,gkh->tsgh",
            pushed.reshape(*pushed.shape[:2], gates, hidden),
            self._w_hh.view(gates, hidden, -1).to(pushed.dtype),
        )
        brought = self._found[v.LOG10_GRAD_PATH][block.first : block.stop]
        brought[..., -gates:] = log10_norm(unit_norm(through_gate), block.exponent)
        if block.rest.kept is not None:
            kept = torch.cat([block.rest.kept[1:], block.carry_in[1].unsqueeze(0)])
            brought[..., 1] = log10_norm(unit_norm(kept), block.exponent)

    def variables(self) -> dict[str, Tensor]:
        total = self._found[v.LOG10_GRAD_H]
        self._found[v.UNDERFLOW] = ((total < self._tiny) & (total > -torch.inf)).float()
        return self._found


def _unscaled(values: Tensor, exponent: Tensor) -> Tensor:
    return times_power_of_two(values.double(), exponent)


def _to_numpy(name: str, values: Tensor, direction: int, dtype: torch.dtype) -> np.ndarray:
    """A copy, since the workspace is used again, in real time."""
    if direction and v.TIME in v.VARIABLES[name].dims:
        values = values.flip(0)
    return values.to("cpu", dtype, copy=True).numpy()
