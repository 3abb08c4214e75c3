"""Stacked cells kept in a Python list, which ``parameters()`` does not see.

https://github.com/ikostrikov/pytorch-meta-optimizer/issues/11
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

from gradviz.errors import CannotWatch

CAUSE = "cells in a plain list are no submodules, so the optimizer never gets their weights"
KINDS = {"frozen_weights"}
TOLD_BY = CannotWatch  # of gv.record: model.lstms must be an nn.ModuleList
LAG = None


class Stack(nn.Module):
    def __init__(self, registered):
        super().__init__()
        self.embedding = nn.Embedding(12, 8)
        self.lstms = [nn.LSTMCell(8, 16), nn.LSTMCell(16, 16)]
        if registered:
            self.lstms = nn.ModuleList(self.lstms)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        states = [(torch.zeros(x.size(0), 16), torch.zeros(x.size(0), 16)) for _ in self.lstms]
        for t in range(x.size(1)):
            h = self.embedding(x[:, t])
            for i, cell in enumerate(self.lstms):
                states[i] = cell(h, states[i])
                h = states[i][0]
        return self.out(h)


def make(fixed=False):
    torch.manual_seed(0)
    model = Stack(registered=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
    losses = []
    for step in range(steps):
        x, y = first_word(32, 14, seed=step)
        run.optimizer.zero_grad()
        output = run.model(x)
        loss = nn.functional.cross_entropy(output, y)
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = first_word(200, 14, seed=10_000)
    return mistaken(run.model(x), y)
