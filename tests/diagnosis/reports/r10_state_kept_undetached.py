"""A model that keeps ``self.hidden`` from batch to batch; ``retain_graph=True`` was the first cure tried.

https://github.com/pytorch/pytorch/issues/2769
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = (
    "self.hidden leads back into the graphs of all batches before; PyTorch of today stops at the second one"
)
KINDS = {"state_not_detached"}
LAG = None
RAISES = RuntimeError


class LSTM(nn.Module):
    def __init__(self, detach):
        super().__init__()
        self.lstm = nn.LSTM(6, 24, batch_first=True)
        self.hidden2class = nn.Linear(24, 4)
        self.hidden = torch.zeros(1, 32, 24), torch.zeros(1, 32, 24)
        self.detach = detach

    def forward(self, x):
        if self.detach:
            self.hidden = tuple(state.detach() for state in self.hidden)
        lstm_out, self.hidden = self.lstm(x, self.hidden)
        return self.hidden2class(lstm_out[:, -1, :])


def make(fixed=False):
    torch.manual_seed(0)
    model = LSTM(detach=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(32, 20, seed=step)
        run.optimizer.zero_grad()
        output = run.model(x)
        loss = criterion(output, y)
        loss.backward(retain_graph=not run.fixed)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = tones(32, 20, seed=10_000)
    return mistaken(run.model(x), y)
