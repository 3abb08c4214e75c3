"""The adding problem: the error of the LSTM does not go to zero, that of another network does.

https://github.com/StefOe/indrnn-pytorch/issues/3
"""

import torch
from diagnosis.reports.run import Run, unexplained
from torch import nn

CAUSE = "the data are (batch, time, 2), as the other network wants them; nn.LSTM reads (time, batch, 2)"
KINDS = {"wrong_batch_first", "time_and_batch_look_swapped"}
LAG = 10


class Adder(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.lstm = nn.LSTM(2, 32, batch_first=batch_first)
        self.lin = nn.Linear(32, 1)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.lin(y[:, -1]).squeeze(1)


def adding(batch, seed):
    rng = torch.Generator().manual_seed(seed)
    values = torch.rand(batch, 10, generator=rng)
    marks = torch.zeros(batch, 10)
    marks[torch.arange(batch), torch.randint(0, 5, (batch,), generator=rng)] = 1
    marks[torch.arange(batch), torch.randint(5, 10, (batch,), generator=rng)] = 1
    return torch.stack([values, marks], 2), (values * marks).sum(1)


def make(fixed=False):
    torch.manual_seed(0)
    model = Adder(batch_first=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=300):
    losses = []
    criterion = nn.MSELoss()
    for step in range(steps):
        x, y = adding(50, step)
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
    x, y = adding(50, 10_000)
    return unexplained(run.model(x), y)
