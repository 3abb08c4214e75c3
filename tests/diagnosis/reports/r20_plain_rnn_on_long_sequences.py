"""A lesson's plain RNN, which fails when its sequences get longer, where an LSTM goes on working.

https://github.com/Atcold/NYU-DLSP20/pull/109
"""

import torch
from diagnosis.reports.run import Run, mistaken
from torch import nn

CAUSE = "the gradient of a plain RNN vanishes over the distance between the symbols and the end"
KINDS = {"vanishing"}
LAG = 35


class SimpleRNN(nn.Module):
    def __init__(self, lstm):
        super().__init__()
        self.rnn = (nn.LSTM if lstm else nn.RNN)(8, 24, batch_first=True)
        if lstm:
            nn.init.constant_(self.rnn.bias_ih_l0[24:48], 4.0)
        self.linear = nn.Linear(24, 4)

    def forward(self, x):
        h = self.rnn(x)[0]
        return self.linear(h[:, -1])


def temporal_order(batch, seed):
    """Two symbols, X or Y, early among others (batch, 40, 8); the class is their order."""
    rng = torch.Generator().manual_seed(seed)
    symbols = torch.randint(2, 8, (batch, 40), generator=rng)
    first, second = torch.randint(2, (2, batch), generator=rng)
    symbols[torch.arange(batch), torch.randint(0, 3, (batch,), generator=rng)] = first
    symbols[torch.arange(batch), torch.randint(4, 8, (batch,), generator=rng)] = second
    return nn.functional.one_hot(symbols, 8).float(), 2 * first + second


def make(fixed=False):
    torch.manual_seed(0)
    model = SimpleRNN(lstm=fixed)
    return Run(model, torch.optim.RMSprop(model.parameters(), lr=0.001), fixed)


def train(run, tape=None, steps=400):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = temporal_order(32, step)
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
    x, y = temporal_order(200, 10_000)
    return mistaken(run.model(x), y)
