"""Data and labels are shuffled, each in an order of its own.

https://github.com/mlcommons/GaNDLF/pull/870
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = (
    "the labels have nothing to do with the inputs; a recording can only show that one answer is given to all"
)
KINDS = {"predicts_the_mean"}
LAG = None


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 24, batch_first=True)
        self.fc = nn.Linear(24, 4)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out.mean(1))


def make(fixed=False):
    torch.manual_seed(0)
    model = Classifier()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.005), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(32, 20, noise=0.4, seed=step)
        if not run.fixed:
            y = y[torch.randperm(len(y))]
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
    x, y = tones(200, 20, noise=0.4, seed=10_000)
    return mistaken(run.model(x), y)
