"""The tutorial's character RNN, whose hand-written recurrence has no tanh: NaN after 35,000 names.

https://github.com/pytorch/tutorials/issues/847 and https://github.com/pytorch/pytorch/issues/2623
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

CAUSE = "a recurrence without a bound explodes at this learning rate; clipping the gradient cured it"
KINDS = {"exploding", "learning_rate_too_high"}  # that it is NaN, people see themselves
LAG = None


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = nn.Linear(12 + 24, 24)
        self.i2o = nn.Linear(12 + 24, 2)

    def forward(self, letter, hidden):
        combined = torch.cat((letter, hidden), 1)
        return self.i2o(combined), self.i2h(combined)


def make(fixed=False):
    torch.manual_seed(0)
    rnn = RNN()
    return Run(rnn, torch.optim.SGD(rnn.parameters(), lr=0.03 if fixed else 0.8), fixed)


def read(rnn, names, tape=None):
    hidden = torch.zeros(len(names), 24)
    for t in range(names.size(1)):
        output, hidden = rnn(nn.functional.one_hot(names[:, t], 12).float(), hidden)
        if tape is not None:
            tape.observe("rnn", hidden, time=t)
    return output


def train(run, tape=None, steps=300):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = first_word(16, 4 + step % 3, seed=step)
        run.optimizer.zero_grad()
        output = read(run.model, x, tape)
        loss = criterion(output, y)
        loss.backward()
        if run.fixed:
            nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=y)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    x, y = first_word(200, 5, seed=10_000)
    return mistaken(read(run.model, x), y)
