"""A language model whose loss never really went down: its configuration says a rate of 1.0 for Adam.

https://github.com/rajveermalviya/language-modeling/issues/3
"""

import torch
from diagnosis.reports.run import Run, mistaken, text
from torch import nn

CAUSE = "Adam's learning rate is 1.0; its default of 0.001 works"
KINDS = {"learning_rate_too_high"}
LAG = None


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(12, 16)
        self.lstm = nn.LSTM(16, 24, num_layers=3, batch_first=True)
        self.fc = nn.Linear(24, 12)

    def forward(self, x):
        out, _ = self.lstm(self.embedding(x))
        return self.fc(out)


def make(fixed=False):
    torch.manual_seed(0)
    model = LM()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01 if fixed else 1.0), fixed)


def train(run, tape=None, steps=150):
    losses = []
    for step in range(steps):
        words = text(20, 20, seed=step)
        x, y = words[:, :-1], words[:, 1:]
        run.optimizer.zero_grad()
        output = run.model(x)
        loss = nn.functional.cross_entropy(output.transpose(1, 2), y)
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    words = text(20, 20, seed=10_000)
    return mistaken(run.model(words[:, :-1]), words[:, 1:])
