"""The slow twin of the recurrent weight's gradient: every time step has a copy of the weight of its own.

Nothing here is shared with the package.  It runs one sequence, so that a copy's gradient is the share of that
step and sequence.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

GATES = {nn.RNN: 1, nn.LSTM: 4, nn.GRU: 3, nn.RNNCell: 1, nn.LSTMCell: 4, nn.GRUCell: 3}


class CopiedWeights:
    """One sequence through a layer or a cell, in float64.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM, nn.GRU or one of their cells
    x : Tensor, shape (time, input)
    h0, c0 : Tensor, shape (layers * directions, state), optional
    between : callable, optional
        What is done to the states between two steps, ``between(state, t)``; only without a second direction.

    Attributes
    ----------
    out : Tensor, shape (time, directions * state)
    copies : dict of (layer, direction) to list of Tensor
        The copies of the recurrent weight, in the order of real time.
    """

    def __init__(self, module, x, h0=None, c0=None, *, between=None):
        self._module, self._between = module, between or (lambda state, _: state)
        self._gates = GATES[type(module)]
        self.copies = {}
        is_cell = isinstance(module, nn.RNNCellBase)
        layers = 1 if is_cell else module.num_layers
        directions = 1 if is_cell or not module.bidirectional else 2
        state_size = getattr(module, "proj_size", 0) or module.hidden_size
        x = x.double()
        for layer in range(layers):
            outs = []
            for direction in range(directions):
                row = layer * directions + direction
                h = torch.zeros(state_size).double() if h0 is None else h0[row].double()
                c = torch.zeros(module.hidden_size).double() if c0 is None else c0[row].double()
                suffix = "" if is_cell else f"_l{layer}" + ("_reverse" if direction else "")
                outs.append(self._run(x, (h, c), suffix, (layer, direction)))
            x = torch.cat(outs, -1)
        self.out = x

    def log10_norms(self, layer, direction):
        """(time, gate); -inf for zero."""
        with np.errstate(divide="ignore"):
            return np.log10(
                [
                    [float(block.norm()) for block in _gradient(copy).chunk(self._gates)]
                    for copy in self.copies[layer, direction]
                ]
            )

    def _run(self, x, state, suffix, where):
        weights = {
            name: getattr(self._module, name + suffix, None)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        }
        weights = {name: None if w is None else w.detach().double() for name, w in weights.items()}
        copies, outs = {}, {}
        times = range(len(x))
        for number, t in enumerate(reversed(times) if where[1] else times):
            if number:
                state = self._between(state, t)
            copies[t] = weights["weight_hh"].clone().requires_grad_()
            state = self._step(x[t], state, weights | {"weight_hh": copies[t]})
            outs[t] = state[0]
        self.copies[where] = [copies[t] for t in times]
        return torch.stack([outs[t] for t in times])

    def _step(self, x, state, weights):
        h, c = state
        of_x, of_h = weights["weight_ih"] @ x, weights["weight_hh"] @ h
        if weights["bias_ih"] is not None:
            of_x, of_h = of_x + weights["bias_ih"], of_h + weights["bias_hh"]
        if self._gates == 1:
            squash = torch.relu if self._module.nonlinearity == "relu" else torch.tanh
            return squash(of_x + of_h), c
        if self._gates == 4:
            i, f, g, o = (of_x + of_h).chunk(4)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            return (h if weights["weight_hr"] is None else weights["weight_hr"] @ h), c
        (r, z, n), (r_h, z_h, n_h) = of_x.chunk(3), of_h.chunk(3)
        r, z = (r + r_h).sigmoid(), (z + z_h).sigmoid()
        n = (n + r * n_h).tanh()
        return (1 - z) * n + z * h, c


def _gradient(tensor):
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
