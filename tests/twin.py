"""The slow, obvious twin: a recurrent module unrolled step by step, every tensor's gradient retained.

Nothing here is shared with the package.  Each state is passed on through separate identities, one for
what is above and one for each way into the next step, so that the direct gradient and that of every path
are read off as plain ``.grad``.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch
from torch import nn


def log10_norm(values):
    """Of the 2-norm over units; -inf for zero."""
    with np.errstate(divide="ignore"):
        return torch.log10(torch.linalg.vector_norm(values, dim=-1)).numpy()


def _copy(tensor):
    copy = tensor.view_as(tensor)
    copy.retain_grad()
    return copy


class Unrolled:
    """``module`` in float64 over ``x`` (time, batch, input); after ``backward`` read the ``.grad``s."""

    def __init__(self, module, x, h0=None, c0=None):
        self.module = module
        self.weights = {
            name: p.detach().double().requires_grad_() for name, p in module.named_parameters(recurse=True)
        }
        directions = 2 if module.bidirectional else 1
        batch = x.shape[1]
        shape = (module.num_layers * directions, batch, module.hidden_size)
        state_shape = (*shape[:2], module.proj_size or module.hidden_size)
        self.h0 = torch.zeros(state_shape).double() if h0 is None else h0.detach().double()
        self.c0 = torch.zeros(shape).double() if c0 is None else c0.detach().double()
        self.h0.requires_grad_()
        self.c0.requires_grad_()
        self.seen = defaultdict(dict)  # (layer, direction) -> {("h", t): tensor, ...}
        layer_input = x.double()
        last_h, last_c = [], []
        for layer in range(module.num_layers):
            outs = []
            for direction in range(directions):
                out, h, c = self._run(layer, direction, layer_input)
                outs.append(out)
                last_h.append(h)
                last_c.append(c)
            layer_input = torch.cat(outs, -1)
        self.out, self.h_n = layer_input, torch.stack(last_h)
        self.c_n = torch.stack(last_c) if isinstance(module, nn.LSTM) else None

    def _run(self, layer, direction, x):
        seen = self.seen[layer, direction]
        suffix = f"l{layer}" + ("_reverse" if direction else "")
        row = layer * (2 if self.module.bidirectional else 1) + direction
        h, c = self.h0[row], self.c0[row]
        times = range(len(x)) if direction == 0 else reversed(range(len(x)))
        ups = {}
        for t in times:
            h, c = self._step(seen, t, x[t], (h, c), suffix)
            h.retain_grad()
            seen["h", t] = h
            if isinstance(self.module, nn.LSTM):
                c.retain_grad()
                seen["c", t] = c
            ups[t] = seen["up", t] = _copy(h)
        return torch.stack([ups[t] for t in range(len(x))]), ups[t], c

    def _product(self, part, value, index, count, suffix):
        weight = self.weights[f"weight_{part}_{suffix}"].chunk(count)[index]
        bias = self.weights.get(f"bias_{part}_{suffix}")
        product = value @ weight.T
        return product if bias is None else product + bias.chunk(count)[index]

    def _gate(self, seen, name, t, a):
        a.retain_grad()
        seen[name, t] = a
        return a

    def _step(self, seen, t, x, state, suffix):
        h, c = state

        def way(name, state):  # the copy through which step t uses the state before it
            copy = _copy(state)
            seen["path " + name, t] = copy
            return copy

        module = self.module
        if isinstance(module, nn.RNN):
            a = self._product("ih", x, 0, 1, suffix) + self._product("hh", way("hidden", h), 0, 1, suffix)
            a = self._gate(seen, "hidden", t, a)
            return (torch.tanh(a) if module.nonlinearity == "tanh" else torch.relu(a)), c
        if isinstance(module, nn.LSTM):
            gates = []
            for k, name in enumerate(("input", "forget", "candidate", "output")):
                a = self._product("ih", x, k, 4, suffix) + self._product("hh", way(name, h), k, 4, suffix)
                a = self._gate(seen, name, t, a)
                gates.append(torch.tanh(a) if name == "candidate" else torch.sigmoid(a))
            i, f, g, o = gates
            c = f * way("carry", c) + i * g
            projection = self.weights.get(f"weight_hr_{suffix}")
            m = o * torch.tanh(c)
            return (m if projection is None else m @ projection.T), c
        r, z = (
            torch.sigmoid(
                self._gate(
                    seen,
                    name,
                    t,
                    self._product("ih", x, k, 3, suffix) + self._product("hh", way(name, h), k, 3, suffix),
                )
            )
            for k, name in enumerate(("reset", "update"))
        )
        from_state = self._product("hh", way("candidate", h), 2, 3, suffix)
        n = torch.tanh(
            self._gate(seen, "candidate", t, self._product("ih", x, 2, 3, suffix) + r * from_state)
        )
        return (1 - z) * n + z * way("carry", h), c

    def gradient(self, name, layer, direction):
        """(time, batch, unit); zero where nothing arrived."""
        seen = self.seen[layer, direction]
        tensors = [seen[name, t] for t in range(len(self.out))]
        return torch.stack([torch.zeros_like(s) if s.grad is None else s.grad for s in tensors]).detach()

    def value(self, name, layer, direction):
        """(time, batch, unit)."""
        seen = self.seen[layer, direction]
        return torch.stack([seen[name, t] for t in range(len(self.out))]).detach()

    def brought(self, path, layer, direction):
        """What a path contributes to step t: the gradient at the copy that the next processed step uses."""
        seen = self.seen[layer, direction]
        steps = len(self.out)
        after = {t: (t - 1 if direction else t + 1) for t in range(steps)}
        zero = torch.zeros_like(seen["c" if path == "carry" and isinstance(self.module, nn.LSTM) else "h", 0])
        grads = []
        for t in range(steps):
            copy = seen.get(("path " + path, after[t]))
            grads.append(zero if copy is None or copy.grad is None else copy.grad)
        return torch.stack(grads).detach()
