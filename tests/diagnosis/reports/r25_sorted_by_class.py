"""A text classifier trained on a file that is sorted by label.

https://github.com/facebookresearch/fastText/issues/74 and https://github.com/google-research/bert/issues/324
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "the data are not shuffled: all labels of a batch are the same, and the last class wins"
KINDS = {"labels_constant"}
LAG = None


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 24, batch_first=True)
        self.fc = nn.Linear(24, 4)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.fc(h[-1])


def make(fixed=False):
    torch.manual_seed(0)
    model = Classifier()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=240):
    losses = []
    criterion = nn.CrossEntropyLoss()
    x, y = tones(60 * 32, 20, seed=0)
    order = torch.randperm(len(y)) if run.fixed else y.argsort()
    batches = [rows for rows in order.split(32) if run.fixed or (y[rows] == y[rows[0]]).all()]
    for step in range(steps):
        rows = batches[step % len(batches)]
        run.optimizer.zero_grad()
        output = run.model(x[rows])
        loss = criterion(output, y[rows])
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y[rows])
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = tones(200, 20, seed=10_000)
    return mistaken(run.model(x), y)
