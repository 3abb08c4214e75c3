"""The loss stays at that of guessing; almost all weights are negative and their gradients zero.

https://discuss.pytorch.org/t/cross-entropy-loss-is-not-decreasing/43814/16
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "a learning rate that is too high has pushed the relu units below zero for good"
KINDS = {"dead_relu", "learning_rate_too_high"}
LAG = None


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(6, 24, nonlinearity="relu", batch_first=True)
        self.fc = nn.Linear(24, 4)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])


def make(fixed=False):
    torch.manual_seed(0)
    model = Net()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.003 if fixed else 0.3), fixed)


def train(run, tape=None, steps=300):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(32, 20, noise=0.3, seed=step)
        run.optimizer.zero_grad()
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
    x, y = tones(200, 20, noise=0.3, seed=10_000)
    return mistaken(run.model(x), y)
