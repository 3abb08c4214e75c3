"""A forecast of values around 300 that stays near zero point something.

https://github.com/sktime/pytorch-forecasting/issues/1
"""

import torch
from diagnosis.reports.run import Run, unexplained, waves
from torch import nn

CAUSE = "the series is not normalised: inputs of 300 saturate the gates, targets of 300 are out of reach"
KINDS = {"input_not_normalised"}
LAG = None


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 24, num_layers=2, batch_first=True)
        self.out = nn.Linear(24, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.out(out[:, -1]).squeeze(1)


def make(fixed=False):
    torch.manual_seed(0)
    model = Forecast()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def sales(batch, seed, normalised):
    x, y = waves(batch, 20, seed=seed)
    return (x, y) if normalised else (300 + 80 * x, 300 + 80 * y)


def train(run, tape=None, steps=250):
    losses = []
    criterion = nn.MSELoss()
    for step in range(steps):
        x, y = sales(32, step, run.fixed)
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
    x, y = sales(200, 10_000, run.fixed)
    return unexplained(run.model(x), y)
