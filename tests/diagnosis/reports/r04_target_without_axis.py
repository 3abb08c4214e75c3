"""A regression whose target lacks the axis of the output; only a warning tells.

https://github.com/timeseriesAI/tsai/issues/22
"""

import warnings

import torch
from diagnosis.reports.run import Run, unexplained, waves
from torch import nn

CAUSE = "output (batch, 1) minus target (batch,) broadcasts to (batch, batch), so the mean is the best answer"
KINDS = {"target_broadcast"}
LAG = None


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 24, batch_first=True)
        self.fc = nn.Linear(24, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1, :])


def make(fixed=False):
    torch.manual_seed(0)
    model = Regressor()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=250):
    losses = []
    criterion = nn.MSELoss()
    warnings.filterwarnings("ignore", message="Using a target size")
    for step in range(steps):
        x, y = waves(32, 20, seed=step)
        if run.fixed:
            y = y.unsqueeze(1)
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
