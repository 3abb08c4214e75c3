"""A small model whose optimizer is watched, and norms taken by hand."""

import math

import torch
from torch import nn

INPUTS, UNITS, BATCH, LENGTH = 2, 4, 3, 5


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(INPUTS, UNITS)
        self.head = nn.Linear(UNITS, 1)

    def forward(self, x):
        return self.head(self.rnn(x)[0][-1])


def model(seed=0):
    torch.manual_seed(seed)
    return Model()


def loss_of(module, scale=1.0):
    return scale * module(torch.randn(LENGTH, BATCH, INPUTS)).square().sum()


def gradient_norm(parameters):
    return math.sqrt(
        sum(float(p.grad.to_dense().double().square().sum()) for p in parameters if p.grad is not None)
    )


def weights(parameters):
    return torch.cat([p.detach().double().flatten() for p in parameters])


def value(tape, name):
    return tape.dataset[name].values.tolist()
