"""A keyword spotter whose loop steps without ``zero_grad``.

https://github.com/wenet-e2e/wekws/issues/72
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "optimizer.zero_grad() is never called: every step uses the sum of all gradients so far"
KINDS = {"gradients_accumulate"}
LAG = None


class Spotter(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(6, 24, batch_first=True)
        self.classifier = nn.Linear(24, 4)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.classifier(out[:, -1])


def make(fixed=False):
    torch.manual_seed(0)
    model = Spotter()
    return Run(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), fixed)


def train(run, tape=None, steps=300):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(32, 20, noise=0.4, seed=step)
        if run.fixed:
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
