"""A base caller with a softmax in ``forward`` and CrossEntropyLoss outside.

https://github.com/NVIDIA/VariantWorks/pull/134
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "softmax is applied twice: in the model and again inside CrossEntropyLoss"
KINDS = {"softmax_twice"}
LAG = None


class Caller(nn.Module):
    def __init__(self, softmax):
        super().__init__()
        self.gru = nn.GRU(6, 24, batch_first=True, bidirectional=True)
        self.classifier = nn.Linear(48, 10)
        self.softmax = nn.Softmax(dim=2) if softmax else nn.Identity()

    def forward(self, x):
        encoded, _ = self.gru(x)
        return self.softmax(self.classifier(encoded))  # one class for every position


def make(fixed=False):
    torch.manual_seed(0)
    model = Caller(softmax=not fixed)
    return Run(model, torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9), fixed)


def bases(seed):
    x, y = tones(24, 24, classes=10, noise=0.1, seed=seed)
    return x, y[:, None].expand(-1, 24)


def train(run, tape=None, steps=250):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = bases(step)
        run.optimizer.zero_grad()
        output = run.model(x)
        loss = criterion(output.transpose(1, 2), y)
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = bases(10_000)
    return mistaken(run.model(x), y)
