"""A notebook makes the model twice; the optimizer has the weights of the first one.

https://github.com/spro/practical-pytorch/issues/9
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "the optimizer was made before the model was made again, so it moves weights that nobody uses"
KINDS = {"frozen_weights"}
LAG = None
TOLD_BY = ValueError  # of gv.record: the optimizer holds none of the parameters


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(6, 24, batch_first=True)
        self.h2o = nn.Linear(24, 4)

    def forward(self, x):
        _, hidden = self.rnn(x)
        return self.h2o(hidden[-1])


def make(fixed=False):
    torch.manual_seed(0)
    rnn = RNN()
    optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)
    if not fixed:
        rnn = RNN()
    return Run(rnn, optimizer, fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(32, 20, seed=step)
        run.optimizer.zero_grad()
        run.model.zero_grad()
        output = run.model(x)
        loss = criterion(output, y)
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = tones(200, 20, seed=10_000)
    return mistaken(run.model(x), y)
