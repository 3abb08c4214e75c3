"""What the recording wants of each block of the recursion."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.scaling import ScaledBlock, log10_norm, times_power_of_two, unit_norm
from gradviz.cells.layout import CellReplay


class Keep:
    """Takes from each block of the recursion what the recording wants."""

    def __init__(
        self, cell: str, replay: CellReplay, direct: Tensor | None, w_hh: Tensor, *, full: bool, tiny: float
    ):
        self._cell = v.CELLS[cell]
        self._w_hh = w_hh
        self._full = full
        self._tiny = math.log10(tiny)
        steps, samples, state = replay.h.shape
        hidden = replay.gates.shape[-1]

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
            self._found[v.GRAD_H] = empty(state)
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
            self._w_hh.view(gates, hidden, -1),
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
