"""A bidirectional classifier that reads ``out[:, -1]``, where the reverse direction has seen one word.

https://github.com/yunjey/pytorch-tutorial/issues/149
"""

import torch
from diagnosis.reports.run import Run, first_word, mistaken
from torch import nn

CAUSE = "at the last step the reverse direction has read only the last word; its last state is at step 0"
KINDS = {"reverse_direction_unused", "direction_unreached"}
LAG = None


class BiRNN(nn.Module):
    def __init__(self, both_ends):
        super().__init__()
        self.embedding = nn.Embedding(12, 8)
        self.lstm = nn.LSTM(8, 20, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(40, 2)
        self.both_ends = both_ends

    def forward(self, x):
        out, _ = self.lstm(self.embedding(x))
        if self.both_ends:
            return self.fc(torch.cat([out[:, -1, :20], out[:, 0, 20:]], 1))
        return self.fc(out[:, -1, :])


def make(fixed=False):
    torch.manual_seed(0)
    model = BiRNN(both_ends=fixed)
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.003), fixed)


def train(run, tape=None, steps=150):
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
