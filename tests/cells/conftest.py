"""A cell's replay next to the torch module whose numbers it must give."""

import pytest
import torch

from gradviz.cells.cell_table import CELL_SPECS
from gradviz.cells.layout import Sequences, Weights
from gradviz.cells.workspace import Workspace


class Replayed:
    """One layer of a torch module in float64, replayed, with the adjoint of a random direct gradient."""

    def __init__(self, cell, module, *, steps=11, samples=4):
        module = module.double()
        self.module = module
        self.x = torch.randn(steps, samples, module.input_size, dtype=torch.float64)
        hidden = module.hidden_size
        h0 = torch.randn(1, samples, module.proj_size or hidden, dtype=torch.float64)
        c0 = torch.randn(1, samples, hidden, dtype=torch.float64) if cell == "lstm" else None
        self.out, last = module(self.x, h0 if c0 is None else (h0, c0))
        direct = torch.randn_like(self.out)
        loss = (self.out * direct).sum()
        grad_c_last = None
        if c0 is not None:
            grad_c_last = torch.randn(samples, module.hidden_size, dtype=torch.float64)
            loss = loss + (last[1] * grad_c_last).sum()
        loss.backward()
        with torch.no_grad():
            self.h = torch.cat([h0, self.out])
            weights = Weights(*(w.detach() for w in module.parameters()))
            sequences = Sequences(self.x, self.h, None if c0 is None else c0[0])
            self.replay = CELL_SPECS[cell].replay(
                sequences, weights, Workspace(torch.float64, torch.device("cpu"))
            )
            direct_c = None
            if c0 is not None:
                direct_c = torch.zeros(steps, samples, hidden, dtype=torch.float64)
                direct_c[-1] = grad_c_last
            carry = self.replay.nothing_carried()
            self.block = self.replay.run_block(0, steps, direct.clone(), direct_c, carry)
            if c0 is not None:
                torch.testing.assert_close(self.replay.c[-1], last[1][0])

    def check(self):
        """Outputs and every parameter gradient equal torch's."""
        grads = dict(self.module.named_parameters())
        torch.testing.assert_close(self.replay.h, self.out.detach())
        at_gates = self.block.grad_gates.flatten(2)
        recurrent_gradient = self.block.recurrent_gradient.reshape(*at_gates.shape)
        rebuilt = {
            "weight_ih_l0": torch.einsum("tsg,tsi->gi", at_gates, self.x),
            "weight_hh_l0": torch.einsum("tsg,tsh->gh", recurrent_gradient, self.h[:-1]),
            "bias_ih_l0": at_gates.sum((0, 1)),
            "bias_hh_l0": recurrent_gradient.sum((0, 1)),
        }
        for name, values in rebuilt.items():
            torch.testing.assert_close(values, grads[name].grad, rtol=1e-10, atol=1e-11)


@pytest.fixture
def replayed():
    return Replayed
