"""A cell or layer that goes row by row and step by step, and remembers every step.

Nothing here is shared with the package.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence


@dataclass
class Step:
    """One step of one layer and direction; ``rows`` of the call's batch take part in it."""

    call: int
    time: int
    rows: list[int]
    h: torch.Tensor
    c: torch.Tensor  # the cell state itself, whose gradient includes the way through h
    c_given: torch.Tensor  # the cell state as everything else sees it
    handed: torch.Tensor | None = None  # the tensor that the call was given as its state, in its first step
    handed_row: int | None = None  # which layer of that tensor


class SlowRecurrence(nn.Module):
    """In the place of ``module``: a cell, or a layer that may be given packed sequences.

    With ``totals`` (the gradients at h and c_given for every step), every state that a step is given is cut
    off, every state that it gives is a new leaf, and ``through_inputs`` is the sum of products of the totals
    with the states: its gradient is what the steps send back to their inputs.  Calls without gradient
    (``torch.no_grad``) are computed and not remembered.
    """

    def __init__(self, module, totals=None):
        super().__init__()
        self.module = module
        self.totals = totals
        self.through_inputs = torch.zeros(()).double()
        self.steps = defaultdict(list)  # (layer, direction) -> the steps in the order of computing
        self.given_out = []  # every tensor of states that was returned
        self.calls = -1

    def forward(self, x, state=None):
        self.calls += torch.is_grad_enabled()
        packed, is_cell = isinstance(x, PackedSequence), isinstance(self.module, nn.RNNCellBase)
        h, c = state if self._is_lstm and state is not None else (state, None)
        out, h, c = (self._packed if packed else self._cell if is_cell else self._padded)(x, h, c)
        self.given_out.append(h)
        state = (h, c) if self._is_lstm else h
        return state if is_cell else (out, state)

    @property
    def _is_lstm(self):
        return isinstance(self.module, nn.LSTM | nn.LSTMCell)

    def _cell(self, x, h, c):
        zeros = x.new_zeros(len(x), self.module.hidden_size)
        states = [zeros if h is None else h, zeros if c is None else c]
        number = len(self.steps[0, 0])
        after = self._step((0, 0), 0, list(range(len(x))), x, states)
        self._note_handed((0, 0), number, h, None)
        return None, *after

    def _padded(self, x, h, c):
        x = x.transpose(0, 1) if self.module.batch_first else x
        rows, h, c = self._layers([list(x[:, b]) for b in range(x.shape[1])], h, c)
        out = torch.stack([torch.stack(row) for row in rows], 0 if self.module.batch_first else 1)
        return out, h, c

    def _packed(self, packed, h, c):
        sizes, order = packed.batch_sizes.tolist(), packed.sorted_indices
        order = list(range(sizes[0])) if order is None else order.tolist()
        rows = [[] for _ in order]
        for step in packed.data.split(sizes):
            for b, value in zip(order, step, strict=False):
                rows[b].append(value)
        rows, h, c = self._layers(rows, h, c)
        data = torch.stack([rows[b][t] for t, size in enumerate(sizes) for b in order[:size]])
        return packed._replace(data=data), h, c

    def _layers(self, rows, h, c):
        """Through all layers: a list of the outputs of every row, and the last states, stacked."""
        directions = 2 if self.module.bidirectional else 1
        count = self.module.num_layers * directions
        zeros = rows[0][0].new_zeros(count, len(rows), self.module.hidden_size)
        handed, h, c = h, zeros if h is None else h, zeros if c is None else c
        last = []
        for layer in range(self.module.num_layers):
            outs = []
            for direction in range(directions):
                k, first = layer * directions + direction, len(self.steps[layer, direction])
                out, *states = self._rows((layer, direction), rows, list(h[k]), list(c[k]))
                self._note_handed((layer, direction), first, handed, k)
                outs.append(out)
                last.append([torch.stack(state) for state in states])
            rows = [
                [torch.cat([out[b][t] for out in outs], -1) for t in range(len(row))]
                for b, row in enumerate(rows)
            ]
            if layer + 1 < self.module.num_layers:
                rows = self._dropped_out(rows)
        return rows, *(torch.stack(states) for states in zip(*last, strict=True))

    def _dropped_out(self, rows):
        """Of sequences of one length, as torch draws it: for all steps of a layer at once."""
        if not (self.module.dropout and self.module.training):
            return rows
        values = torch.stack([torch.stack(row) for row in rows], 1)  # (time, batch, unit)
        return list(torch.dropout(values, self.module.dropout, True).unbind(1))

    def _rows(self, where, rows, h, c):
        """Through one layer in one direction; ``h`` and ``c`` are lists of the rows' states."""
        outs = [[None] * len(row) for row in rows]
        times = range(max(len(row) for row in rows))
        for t in reversed(times) if where[1] else times:
            here = [b for b, row in enumerate(rows) if t < len(row)]
            x = torch.stack([rows[b][t] for b in here])
            states = [torch.stack([state[b] for b in here]) for state in (h, c)]
            after = self._step(where, t, here, x, states)
            for k, b in enumerate(here):
                h[b], c[b] = after[0][k], after[1][k]
                outs[b][t] = h[b]
        return outs, h, c

    def _note_handed(self, where, first, handed, row):
        if handed is None or not handed.requires_grad or not torch.is_grad_enabled():
            return
        if not handed.is_leaf:
            handed.retain_grad()
        if all(handed is not one for one in self.given_out):
            self.steps[where][first].handed, self.steps[where][first].handed_row = handed, row

    def _step(self, where, t, rows, x, states):
        """h and c after the step, as the rest of the model sees them."""
        number, weights = len(self.steps[where]), self._weights(*where)
        if not torch.is_grad_enabled():
            return equations(self.module, weights, x, *states)
        if self.totals is None:
            h, c = equations(self.module, weights, x, *states)
            c_given = c.view_as(c)
            for tensor in (h, c, c_given) if self._is_lstm else (h,):
                tensor.retain_grad()
            self.steps[where].append(Step(self.calls, t, rows, h, c, c_given))
            return h, c_given
        states = equations(self.module, weights, x, *(state.detach() for state in states))
        for state, total in zip(states, self.totals[where][number], strict=True):
            self.through_inputs = self.through_inputs + (total * state).sum()
        h, c = (state.detach().clone().requires_grad_() for state in states)
        self.steps[where].append(Step(self.calls, t, rows, h, c, c))
        return h, c

    def _weights(self, layer, direction):
        is_cell = isinstance(self.module, nn.RNNCellBase)
        suffix = "" if is_cell else f"_l{layer}" + ("_reverse" if direction else "")
        names = [f"{kind}_{part}{suffix}" for kind in ("weight", "bias") for part in ("ih", "hh")]
        return [getattr(self.module, name, None) for name in names]


def equations(module, weights, x, h, c):
    """h and c after one step, as in the documentation of ``torch.nn``; c goes by where there is none."""
    w_ih, w_hh, b_ih, b_hh = weights
    from_x = x @ w_ih.T + (0 if b_ih is None else b_ih)
    from_h = h @ w_hh.T + (0 if b_hh is None else b_hh)
    if isinstance(module, nn.LSTM | nn.LSTMCell):
        i, f, g, o = (from_x + from_h).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c
    if isinstance(module, nn.GRU | nn.GRUCell):
        (x_r, x_z, x_n), (h_r, h_z, h_n) = from_x.chunk(3, -1), from_h.chunk(3, -1)
        z = (x_z + h_z).sigmoid()
        n = (x_n + (x_r + h_r).sigmoid() * h_n).tanh()
        return (1 - z) * n + z * h, c
    return (torch.tanh if module.nonlinearity == "tanh" else torch.relu)(from_x + from_h), c
