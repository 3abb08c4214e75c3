"""A loop that zeroes the gradients once an epoch instead of once a batch.

https://github.com/pytorch/pytorch/issues/47175 and https://github.com/salesforce/corr_based_prediction/issues/1
"""

import torch
from diagnosis.reports.run import Run, unexplained, waves
from torch import nn

CAUSE = (
    "zero_grad stands in the outer loop: within an epoch every step adds all gradients since its beginning"
)
KINDS = {"gradients_accumulate"}
LAG = None


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 24, batch_first=True)
        self.fc = nn.Linear(24, 1)

    def forward(self, x):
        _, h = self.gru(x)
        return self.fc(h[-1]).squeeze(1)


def make(fixed=False):
    torch.manual_seed(0)
    model = Forecast()
    return Run(model, torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9), fixed)


def train(run, tape=None, steps=280):
    losses = []
    criterion = nn.MSELoss()
    for _ in range(steps // 40):
        run.optimizer.zero_grad()
        for batch in range(40):
            x, y = waves(32, 20, seed=batch)
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
    x, y = waves(200, 20, seed=10_000)
    return unexplained(run.model(x), y)
