"""The loss turns to NaN, clipping or not: a row of nothing but padding was the reason.

https://github.com/alexTsaptsinos/lyricsHAN/issues/3
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "one row of the data is empty, and dividing it by its deviation gives NaN"
KINDS = {"not_finite"}
LAG = None


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(6, 24, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(48, 1)
        self.fc = nn.Linear(48, 4)

    def forward(self, x):
        out, _ = self.gru(x)
        weight = torch.softmax(self.attention(out), 1)
        return self.fc((weight * out).sum(1))


def songs(batch, seed, *, with_empty):
    x, y = tones(batch, 20, seed=seed)
    if with_empty and seed == 90:
        x[3] = 0
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True), y


def make(fixed=False):
    torch.manual_seed(0)
    model = Classifier()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.005), fixed)


def train(run, tape=None, steps=150):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = songs(32, step, with_empty=not run.fixed)
        run.optimizer.zero_grad()
        output = run.model(x)
        loss = criterion(output, y)
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = songs(200, 10_000, with_empty=False)
    return mistaken(run.model(x), y)
