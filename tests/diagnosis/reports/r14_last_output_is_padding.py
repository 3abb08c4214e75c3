"""Questions padded to one length, classified from ``outputs[-1]``: a terrible result.

https://github.com/thtrieu/qclass_dl/issues/1 and https://github.com/keras-team/keras-io/issues/2044
"""

import torch
from diagnosis.reports.run import Run, mistaken
from torch import nn

CAUSE = "the last output of a short sentence comes after many padding words"
KINDS = {"reads_padding", "padding_not_packed"}
LAG = None


class Classifier(nn.Module):
    def __init__(self, at_length):
        super().__init__()
        self.embedding = nn.Embedding(20, 8, padding_idx=0)
        self.lstm = nn.LSTM(8, 24, batch_first=True)
        self.fc = nn.Linear(24, 3)
        self.at_length = at_length

    def forward(self, x, lengths):
        outputs, _ = self.lstm(self.embedding(x))
        last = lengths - 1 if self.at_length else torch.full_like(lengths, x.size(1) - 1)
        return self.fc(outputs[torch.arange(len(x)), last])


def questions(batch, seed):
    """Three to eight words, padded with 0 to sixty; the class is told by the last word."""
    rng = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (batch,), generator=rng)
    lengths = torch.randint(3, 9, (batch,), generator=rng)
    x = torch.randint(4, 20, (batch, 60), generator=rng)
    x[torch.arange(60) >= lengths[:, None]] = 0
    x[torch.arange(batch), lengths - 1] = y + 1
    return x, lengths, y


def make(fixed=False):
    torch.manual_seed(0)
    model = Classifier(at_length=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.003), fixed)


def train(run, tape=None, steps=150):
    losses = []
    for step in range(steps):
        x, lengths, y = questions(32, step)
        run.optimizer.zero_grad()
        output = run.model(x, lengths)
        loss = nn.functional.cross_entropy(output, y)
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, lengths, y = questions(200, 10_000)
    return mistaken(run.model(x, lengths), y)
