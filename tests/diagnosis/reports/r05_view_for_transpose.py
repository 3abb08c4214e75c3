"""Features of video frames put in time-first order with ``view``.

https://github.com/HHTseng/video-classification/issues/42
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = "x.view(time, batch, features) mixes frames of different videos; transpose(0, 1) is what was meant"
KINDS = {"scrambled_view"}
LAG = None


class DecoderRNN(nn.Module):
    def __init__(self, transpose):
        super().__init__()
        self.LSTM = nn.LSTM(6, 32)
        self.fc1 = nn.Linear(32, 16)
        self.fc2 = nn.Linear(16, 4)
        self.transpose = transpose

    def forward(self, x):
        x = x.transpose(0, 1) if self.transpose else x.view(x.size(1), x.size(0), x.size(2))
        out, _ = self.LSTM(x, None)
        return self.fc2(torch.relu(self.fc1(out[-1])))


def make(fixed=False):
    torch.manual_seed(0)
    model = DecoderRNN(transpose=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(30, 16, noise=0.4, seed=step)
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
    x, y = tones(200, 16, noise=0.4, seed=10_000)
    return mistaken(run.model(x), y)
