"""A recurrence that halves its state, and loops that throw the output of some steps away."""

import torch
from torch import nn

import gradviz as gv


def recorded(way, steps=8, units=4, lengths=(8, 5, 3)):
    """A linear recurrence that halves its state, whose state goes ``way`` after every step."""
    cell = nn.RNNCell(1, units, nonlinearity="relu", bias=False)
    cell.weight_ih.data, cell.weight_hh.data = torch.ones(units, 1), 0.5 * torch.eye(units)
    h, lengths = torch.zeros(len(lengths), units), torch.tensor(lengths)
    with gv.record(cell) as tape:
        for t in range(steps):
            h = way(t, lengths, cell(torch.ones(len(lengths), 1), h), h)
        h.sum().backward()
    return tape.dataset


def padded(t, lengths, new, old):
    return torch.where((t < lengths)[:, None], new, old)


def left_padded(t, lengths, new, old):
    return torch.where((t >= 8 - lengths)[:, None], new, old)


def skipping(t, lengths, new, old):
    return torch.where(((t % 3 != 1) | (lengths == 8))[:, None], new, old)
