"""A language model that learned with hand-made steps and does not with Adam and its weight decay.

https://github.com/deeplearningathome/pytorch-language-model/issues/1
"""

import torch
from diagnosis.reports.run import Run, mistaken, text
from torch import nn

CAUSE = "the weight decay pulls all weights to zero, so every input gives the same output"
KINDS = {"recurrent_weights_vanish"}
LAG = None


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(12, 16)
        self.lstm = nn.LSTM(16, 24)
        self.fc = nn.Linear(24, 12)

    def forward(self, x, hidden):
        out, hidden = self.lstm(self.embedding(x), hidden)
        return self.fc(out), hidden


def make(fixed=False):
    torch.manual_seed(0)
    model = LM()
    decay = 0.0 if fixed else 0.1
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=decay), fixed)


def train(run, tape=None, steps=250):
    losses = []
    criterion = nn.CrossEntropyLoss()
    corpus = text(20, 20 * steps, seed=0).T
    hidden = torch.zeros(1, 20, 24), torch.zeros(1, 20, 24)
    for i in range(0, 20 * steps, 20):
        data, targets = corpus[i : i + 20], corpus[i + 1 : i + 21].reshape(-1)
        hidden = tuple(state.detach() for state in hidden)
        run.optimizer.zero_grad()
        output, hidden = run.model(data, hidden)
        output = output.view(-1, 12)
        loss = criterion(output, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), 5.0)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output, target=targets)
    return losses


def mended():
    return make(fixed=True)


def error(run):
    corpus = text(20, 20, seed=10_000).T
    return mistaken(run.model(corpus[:-1], None)[0], corpus[1:])
