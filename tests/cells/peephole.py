"""A cell that gradviz does not have: the LSTM with peepholes (Gers and Schmidhuber, 2000).

It is added to the tables for a test and taken away again, which shows what a new cell costs: a description,
a replay with its adjoint, a spec, and a colour.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import handle_torch_function, has_torch_function

from gradviz.cell_descriptions import CellDescription
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Block

NAME = "peephole_lstm"
DESCRIPTION = CellDescription(
    "LSTM with peepholes",
    {"input": "sigmoid", "forget": "sigmoid", "candidate": "tanh", "output": "sigmoid"},
    keeps="forget",
    writes="input",
    has_cell_state=True,
)


def peephole_cell(x, state, *weights):
    """One step; the last weight, (3, hidden), leads from c to the input, forget and output gate."""
    if has_torch_function((x, *state, *weights)):  # so that gradviz can intercept it
        return handle_torch_function(peephole_cell, (x, *state, *weights), x, state, *weights)
    w_ih, w_hh, bias, peepholes = weights
    h, c = state
    a_i, a_f, a_g, a_o = (x @ w_ih.t() + h @ w_hh.t() + bias).chunk(4, -1)
    p_i, p_f, p_o = peepholes
    i, f = torch.sigmoid(a_i + p_i * c), torch.sigmoid(a_f + p_f * c)
    c = f * c + i * torch.tanh(a_g)
    return torch.sigmoid(a_o + p_o * c) * torch.tanh(c), c


class PeepholeCell(nn.RNNCellBase):
    def __init__(self, input_size, hidden_size):
        super().__init__(input_size, hidden_size, bias=True, num_chunks=4)
        self.peepholes = nn.Parameter(torch.randn(3, hidden_size))

    def forward(self, x, state):
        return peephole_cell(x, state, self.weight_ih, self.weight_hh, self.bias_ih, self.peepholes)


class PeepholeWeights(NamedTuple):
    w_ih: Tensor
    w_hh: Tensor
    bias: Tensor
    peepholes: Tensor

    def to(self, dtype):
        return PeepholeWeights(*(w.to(dtype) for w in self))


class PeepholeReplay:
    """States and adjoint; arrays are (time, sample, hidden)."""

    checked = slice(None)

    def __init__(self, sequences, weights, workspace):
        self._w_hh, self._peepholes = weights.w_hh, weights.peepholes
        p_i, p_f, p_o = weights.peepholes
        a = sequences.x @ weights.w_ih.t() + sequences.h[:-1] @ weights.w_hh.t() + weights.bias
        gates, states = [], [sequences.c0]
        for a_i, a_f, a_g, a_o in (a_t.chunk(4, -1) for a_t in a):
            i, f = torch.sigmoid(a_i + p_i * states[-1]), torch.sigmoid(a_f + p_f * states[-1])
            g = torch.tanh(a_g)
            states.append(f * states[-1] + i * g)
            gates.append(torch.stack([i, f, g, torch.sigmoid(a_o + p_o * states[-1])]))
        self.gates = torch.stack(gates, 1)
        self._c = torch.stack(states)  # (time + 1, sample, hidden)
        self.c = self._c[1:]
        self.h = self.replayed = self.gates[3] * self.c.tanh()

    def nothing_carried(self):
        nothing = torch.zeros_like(self.h[0])
        return nothing.repeat(1, 4), nothing

    def run_block(self, first, stop, direct_h, direct_c, carry):
        p_i, p_f, p_o = self._peepholes
        later, carried = carry
        found = []
        for t in reversed(range(first, stop)):
            i, f, g, o = self.gates[:, t]
            tanh_c = self.c[t].tanh()
            grad_h = direct_h[t - first] + later @ self._w_hh
            at_o = grad_h * tanh_c * o * (1 - o)
            grad_c = carried + grad_h * o * (1 - tanh_c**2) + p_o * at_o
            if direct_c is not None:
                grad_c = grad_c + direct_c[t - first]
            at_i, at_f = grad_c * g * i * (1 - i), grad_c * self._c[t] * f * (1 - f)
            at_gates = torch.stack([at_i, at_f, grad_c * i * (1 - g**2), at_o], 1)
            later, carried = at_gates.flatten(1), f * grad_c + p_i * at_i + p_f * at_f
            found.append((grad_h, grad_c, at_gates, later, carried))
        return Block(*(torch.stack(part[::-1]) for part in zip(*found, strict=True)))


SPEC = CellSpec(NAME, PeepholeReplay, step_function=peephole_cell, weights=PeepholeWeights)
