"""The recorded quantities of a layer's gradient, collected block by block from the adjoint recursion."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.log10_norm import log10_norm, unit_norm
from gradviz.capture.scaled_gradient import times_power_of_two
from gradviz.capture.scaling import ScaledBlock
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.capture.weight_share import at_product_with_u, log10_share
from gradviz.cell_descriptions import CellDescription
from gradviz.cells.layout import CellReplay

_OF_A_STATE = {v.LOG10_GRAD_H, v.LOG10_GRAD_C}  # these have no dim for gates or paths


class GradientStatistics:
    """Collects norms, and with ``full`` signed gradients and paths, from the blocks of the recursion.

    Parameters
    ----------
    cell : CellDescription
    replay : CellReplay
    upstream : UpstreamGradient
        Its ``h`` is recorded as the direct gradient at the hidden states.
    norm_before : Tensor, shape (time, sample), float64
        Norm of the state that each step was given.
    w_hh : Tensor, shape (gates * hidden, state)
    full : bool
    tiny : float
        Smallest normal number in the dtype of the training.
    """

    def __init__(
        self,
        cell: CellDescription,
        replay: CellReplay,
        upstream: UpstreamGradient,
        norm_before: Tensor,
        w_hh: Tensor,
        *,
        full: bool,
        tiny: float,
    ):
        self._cell = cell
        self._w_hh = w_hh
        self._norm_before = norm_before
        self._at_product: Tensor | None = None  # norms (time, sample, gate), where they are others
        self._tiny = tiny
        steps, samples, state = replay.h.shape
        hidden = replay.gates.shape[-1]

        def empty(*more: int) -> Tensor:
            return torch.empty(steps, samples, *more, dtype=torch.float64, device=replay.h.device)

        gates, paths = len(self._cell.gates), len(self._cell.paths)
        self._exponent = empty(1)
        self._norms = {v.LOG10_GRAD_H: empty(1), v.LOG10_GRAD_GATE: empty(gates)}
        if replay.c is not None:
            self._norms[v.LOG10_GRAD_C] = empty(1)
        self._upstream = upstream
        self._direct = empty().zero_() if upstream.h is None else unit_norm(upstream.h)
        self._signed: dict[str, Tensor] = {}
        if full:
            self._norms[v.LOG10_GRAD_PATH] = empty(paths)
            self._signed = {v.GRAD_H: empty(state), v.GRAD_GATES: empty(gates, hidden)}
            if replay.c is not None:
                self._signed[v.GRAD_C] = empty(hidden)

    def add(self, block: ScaledBlock) -> None:
        here = slice(block.first, block.stop)
        norms, rest = self._norms, block.rest
        self._exponent[here, :, 0] = block.exponent
        norms[v.LOG10_GRAD_H][here, :, 0] = block.norm_h
        norms[v.LOG10_GRAD_GATE][here] = unit_norm(rest.grad_gates)
        at_product = at_product_with_u(rest)
        if at_product is not None:
            if self._at_product is None:
                self._at_product = torch.empty_like(norms[v.LOG10_GRAD_GATE])
            self._at_product[here] = unit_norm(at_product)
        if block.norm_c is not None:
            norms[v.LOG10_GRAD_C][here, :, 0] = block.norm_c
        if self._signed:
            self._signed[v.GRAD_H][here] = _unscaled(rest.grad_h, block.exponent)
            self._signed[v.GRAD_GATES][here] = _unscaled(rest.grad_gates, block.exponent.unsqueeze(-1))
            if rest.grad_c is not None:
                self._signed[v.GRAD_C][here] = _unscaled(rest.grad_c, block.exponent)
            self._add_paths(block)

    def _add_paths(self, block: ScaledBlock) -> None:
        """Norm of the gradient that each path contributes from step t + 1 to step t."""
        recurrent_gradient = torch.cat([block.rest.recurrent_gradient[1:], block.carry_in[0].unsqueeze(0)])
        gates = len(self._cell.gates)
        hidden = recurrent_gradient.shape[-1] // gates
        through_gate = torch.einsum(
            "tsgk,gkh->tsgh",
            recurrent_gradient.reshape(*recurrent_gradient.shape[:2], gates, hidden),
            self._w_hh.view(gates, hidden, -1),
        )
        brought = self._norms[v.LOG10_GRAD_PATH][block.first : block.stop]
        brought[..., -gates:] = unit_norm(through_gate)
        if block.rest.carry_gradient is not None:
            if self._cell.keeps is None:
                raise ValueError(
                    f"the {self._cell.label} carries a gradient from step to step, but its description in "
                    "cell_descriptions.CELLS does not say which gate keeps the state (keeps=)"
                )
            carry_gradient = torch.cat([block.rest.carry_gradient[1:], block.carry_in[1].unsqueeze(0)])
            brought[..., self._cell.paths.index(v.CARRY_PATH)] = unit_norm(carry_gradient)

    def variables(self) -> dict[str, Tensor]:
        found = dict(self._signed)
        found[v.LOG10_GRAD_H_DIRECT] = log10_norm(self._direct, self._upstream.exponent_h)
        scaled = log10_norm(torch.cat(list(self._norms.values()), -1), self._exponent)
        widths = [norms.shape[-1] for norms in self._norms.values()]
        for name, norms in zip(self._norms, scaled.split(widths, -1), strict=True):
            found[name] = norms.squeeze(-1) if name in _OF_A_STATE else norms
        at_product = found[v.LOG10_GRAD_GATE]
        if self._at_product is not None:
            at_product = log10_norm(self._at_product, self._exponent)
        found[v.LOG10_GRAD_WEIGHT] = log10_share(at_product, self._norm_before)
        if v.LOG10_GRAD_PATH in found:
            found[v.LOG10_GRAD_PATH][..., 0] = found[v.LOG10_GRAD_H_DIRECT]
        total = found[v.LOG10_GRAD_H]
        found[v.UNDERFLOW] = (self._is_lost(total) & (total > -torch.inf)).float()
        return found

    def _is_lost(self, total: Tensor) -> Tensor:
        """Where it was zero or subnormal in the training: by its size, or because nothing had come yet."""
        lost = total < math.log10(self._tiny)
        trained_with, at_c = self._upstream.trained_with, self._upstream.c
        if trained_with is None:
            return lost
        if at_c is not None:
            trained_with = torch.maximum(trained_with, at_c.abs().amax(-1))
        so_far = trained_with.flip(0).cummax(0).values.flip(0)
        return lost | (so_far < self._tiny)


def _unscaled(values: Tensor, exponent: Tensor) -> Tensor:
    return times_power_of_two(values.double(), exponent)
