"""PyTorch's example ``time_sequence_prediction``: after a few steps the loss jumps up and stays high.

https://github.com/pytorch/examples/issues/247 and https://github.com/pytorch/examples/issues/243
"""

import torch
from diagnosis.reports.run import Run, unexplained, waves
from torch import nn

CAUSE = "the learning rate is far too high"
KINDS = {"learning_rate_too_high"}
LAG = None


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTMCell(1, 24)
        self.lstm2 = nn.LSTMCell(24, 24)
        self.linear = nn.Linear(24, 1)

    def forward(self, x):
        outputs = []
        h1 = c1 = h2 = c2 = torch.zeros(x.size(0), 24)
        for step in x.split(1, dim=1):
            h1, c1 = self.lstm1(step, (h1, c1))
            h2, c2 = self.lstm2(h1, (h2, c2))
            outputs.append(self.linear(h2))
        return torch.cat(outputs, dim=1)


def make(fixed=False):
    torch.manual_seed(0)
    seq = Sequence()
    return Run(seq, torch.optim.LBFGS(seq.parameters(), lr=0.1 if fixed else 3.0, max_iter=4), fixed)


def train(run, tape=None, steps=25):
    losses = []
    criterion = nn.MSELoss()
    x, _ = waves(24, 21, seed=0)
    data, target = x[:, :-1, 0], x[:, 1:, 0]
    for _ in range(steps):

        def closure():
            run.optimizer.zero_grad()
            loss = criterion(run.model(data), target)
            loss.backward()
            return loss

        loss = run.optimizer.step(closure)
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, _ = waves(24, 21, seed=0)
    return unexplained(run.model(x[:, :-1, 0]), x[:, 1:, 0])
