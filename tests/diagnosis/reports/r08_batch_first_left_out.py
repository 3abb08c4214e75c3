"""An image read row by row; ``batch_first=True`` was removed and the rest left as it was.

https://github.com/yunjey/pytorch-tutorial/issues/196
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "batch_first is False although the input is (batch, time, features): the LSTM runs along the batch"
KINDS = {"wrong_batch_first", "time_and_batch_look_swapped"}
LAG = None


class RNN(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.lstm = nn.LSTM(6, 32, batch_first=batch_first)
        self.fc = nn.Linear(32, 4)
        self.batch_first = batch_first

    def forward(self, x):
        shape = (1, x.size(0 if self.batch_first else 1), 32)
        out, _ = self.lstm(x, (torch.zeros(shape), torch.zeros(shape)))
        return self.fc(out[:, -1, :])


def make(fixed=False):
    torch.manual_seed(0)
    model = RNN(batch_first=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(50, 20, seed=step)
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
    x, y = tones(200, 20, seed=10_000)
    return mistaken(run.model(x), y)
