"""A recurrent weight that never changes: the list of parameters for the optimizer lacks it.

https://github.com/fzenke/spytorch/issues/7
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

CAUSE = "only the first and the last weight are given to the optimizer, the recurrent layer is not"
KINDS = {"not_in_optimizer"}
LAG = None


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Embedding(12, 16)
        self.v1 = nn.RNN(16, 24, batch_first=True)
        self.w2 = nn.Linear(24, 2)

    def forward(self, x):
        out, _ = self.v1(self.w1(x))
        return self.w2(out[:, -1])


def make(fixed=False):
    torch.manual_seed(0)
    model = Recurrent()
    params = [*model.w1.parameters(), *model.w2.parameters()]
    if fixed:
        params += model.v1.parameters()
    return Run(model, torch.optim.Adam(params, lr=0.003), fixed)


def train(run, tape=None, steps=300):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        x, y = first_word(32, 12, seed=step)
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
    x, y = first_word(200, 12, seed=10_000)
    return mistaken(run.model(x), y)
