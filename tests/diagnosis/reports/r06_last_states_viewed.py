"""A bidirectional sentence classifier that joins its two last states with ``view``.

https://github.com/graykode/nlp-tutorial/issues/38 and https://github.com/pytorch/pytorch/issues/619
"""

import torch
from diagnosis.reports.run import Run, mistaken, tones
from torch import nn

CAUSE = (
    "h_n.view(batch, 2 * hidden) puts the states of two sentences in one row; cat(h_n[0], h_n[1]) was meant"
)
KINDS = {"scrambled_view"}
LAG = None


class BiLSTM(nn.Module):
    def __init__(self, joined):
        super().__init__()
        self.rnn = nn.LSTM(6, 24, bidirectional=True)
        self.l_out = nn.Linear(48, 4)
        self.joined = joined

    def forward(self, x):  # (time, batch, features)
        _, (hn, _) = self.rnn(x)
        hn = torch.cat([hn[0], hn[1]], 1) if self.joined else hn.view(x.size(1), -1)
        return self.l_out(hn)


def make(fixed=False):
    torch.manual_seed(0)
    model = BiLSTM(joined=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = tones(32, 16, noise=0.4, seed=step)
        run.optimizer.zero_grad()
        output = run.model(x.transpose(0, 1))
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
    return mistaken(run.model(x.transpose(0, 1)), y)
