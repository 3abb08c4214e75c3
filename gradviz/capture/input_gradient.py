"""The gradient that a layer sends back to its input, in scaled arithmetic: what the layer below receives."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.capture.scaled_gradient import ScaledGradient, binary_exponent, times_power_of_two
from gradviz.capture.scaling import ScaledBlock
from gradviz.cells.layout import CellReplay


class InputGradient:
    """Collects ``W_ihᵀ δa_t`` of every time step from the blocks of the recursion.

    Parameters
    ----------
    replay : CellReplay
    w_ih : Tensor, shape (gates * hidden, input)
    """

    def __init__(self, replay: CellReplay, w_ih: Tensor):
        steps, samples = replay.h.shape[:2]
        self._scale = binary_exponent(w_ih.abs().amax()).clamp(min=-2000)  # that of an all-zero weight too
        self._weight = times_power_of_two(w_ih, -self._scale.expand(len(w_ih)))
        self._values = w_ih.new_empty(steps, samples, w_ih.shape[1])
        self._exponent = torch.empty(steps, samples, dtype=torch.float64, device=w_ih.device)

    def add(self, block: ScaledBlock) -> None:
        here = slice(block.first, block.stop)
        torch.matmul(block.rest.grad_gates.flatten(2), self._weight, out=self._values[here])
        self._exponent[here] = block.exponent + self._scale

    def gradient(self) -> ScaledGradient:
        """At the inputs, values (time, sample, input), in the order of processing."""
        return ScaledGradient(self._values, self._exponent)
