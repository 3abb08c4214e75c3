"""LSTMs that learn nothing over long distances until their forget bias is raised.

https://github.com/karpathy/char-rnn/issues/60 and https://github.com/pytorch/pytorch/issues/20102
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

CAUSE = "at PyTorch's default bias the forget gate is one half: what happened 40 steps ago is gone"
KINDS = {"forget_bias_too_low", "vanishing"}
LAG = 39


class Classifier(nn.Module):
    def __init__(self, forget_bias):
        super().__init__()
        self.embedding = nn.Embedding(12, 8)
        self.lstm = nn.LSTM(8, 24, batch_first=True)
        self.fc = nn.Linear(24, 2)
        if forget_bias is not None:
            nn.init.constant_(self.lstm.bias_ih_l0[24:48], forget_bias)

    def forward(self, x):
        _, (h, _) = self.lstm(self.embedding(x))
        return self.fc(h[-1])


def make(fixed=False):
    torch.manual_seed(0)
    model = Classifier(forget_bias=4.0 if fixed else None)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.005), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = first_word(32, 40, seed=step)
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
    x, y = first_word(200, 40, seed=10_000)
    return mistaken(run.model(x), y)
