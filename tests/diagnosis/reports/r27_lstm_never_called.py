"""An LSTM that is made in ``__init__`` and not used in ``forward``.

https://github.com/b04901014/FT-w2v2-ser/issues/3
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

from gradviz.errors import NothingRecorded

CAUSE = "forward pools the embeddings and never calls the LSTM, so the order of the words is lost"
KINDS = {"no_gradient", "nothing_recorded"}
LAG = None
TOLD_BY = NothingRecorded  # no call of rnn was seen


class Downstream(nn.Module):
    def __init__(self, use_lstm):
        super().__init__()
        self.embedding = nn.Embedding(12, 16)
        self.rnn = nn.LSTM(16, 24, batch_first=True)
        self.project = nn.Linear(16, 24)
        self.head = nn.Linear(24, 2)
        self.use_lstm = use_lstm

    def forward(self, x):
        x = self.embedding(x)
        features = self.rnn(x)[0] if self.use_lstm else torch.relu(self.project(x))
        return self.head(features.mean(1))


def shuffled(batch, seed):
    """The class is the first word of the two that tell one; the other one follows somewhere."""
    x, y = first_word(batch, 10, seed=seed)
    x[torch.arange(batch), 1 + torch.arange(batch) % 9] = 1 - y
    return x, y


def make(fixed=False):
    torch.manual_seed(0)
    model = Downstream(use_lstm=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = shuffled(32, step)
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
    x, y = shuffled(200, 10_000)
    return mistaken(run.model(x), y)
