"""An LSTM in a loop that copies its state through ``.data`` before every step: worse than nn.LSTM.

https://github.com/allenai/allennlp/issues/2530
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

CAUSE = "state.data.clone() detaches the state at every time step, so no gradient goes back in time"
KINDS = {"detached", "direct_gradient_only"}
LAG = None


class AugmentedLSTM(nn.Module):
    def __init__(self, keep_graph):
        super().__init__()
        self.embedding = nn.Embedding(12, 8)
        self.cell = nn.LSTMCell(8, 24)
        self.out = nn.Linear(24, 2)
        self.keep_graph = keep_graph

    def forward(self, x):
        h = c = torch.zeros(x.size(0), 24)
        for t in range(x.size(1)):
            if not self.keep_graph:
                h, c = h.data.clone(), c.data.clone()
            h, c = self.cell(self.embedding(x[:, t]), (h, c))
        return self.out(h)


def make(fixed=False):
    torch.manual_seed(0)
    model = AugmentedLSTM(keep_graph=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01), fixed)


def train(run, tape=None, steps=200):
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
