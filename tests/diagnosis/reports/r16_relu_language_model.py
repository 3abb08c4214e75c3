"""PyTorch's word language model with RNN_RELU at its default learning rate of 20: NaN at once.

https://github.com/pytorch/examples/pull/223
"""

import torch
from diagnosis.reports.run import Run, mistaken, text
from torch import nn

CAUSE = "the learning rate is too high for a recurrence without a bound: it explodes to NaN"
KINDS = {"learning_rate_too_high", "exploding"}  # that it is NaN, people see themselves
LAG = None


class RNNModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(12, 16)
        self.rnn = nn.RNN(16, 64, num_layers=2, nonlinearity="relu")
        self.decoder = nn.Linear(64, 12)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)

    def forward(self, x, hidden):
        output, hidden = self.rnn(self.encoder(x), hidden)
        return self.decoder(output), hidden


def make(fixed=False):
    torch.manual_seed(0)
    model = RNNModel()
    return Run(model, torch.optim.SGD(model.parameters(), lr=1.0 if fixed else 20.0), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.CrossEntropyLoss()
    corpus = text(20, 35 * steps, seed=0).T
    hidden = torch.zeros(2, 20, 64)
    for i in range(0, 35 * steps, 35):
        data, targets = corpus[i : i + 35], corpus[i + 1 : i + 36]
        hidden = hidden.detach()
        run.optimizer.zero_grad()
        output, hidden = run.model(data, hidden)
        loss = criterion(output.view(-1, 12), targets.reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(run.model.parameters(), 0.25 if run.fixed else 1e9)
        run.optimizer.step()
        losses.append(loss.item())
        if tape is not None:
            tape.step(loss, output=output.view(-1, 12), target=targets.reshape(-1))
    return losses


def mended():
    return make(fixed=True)


def error(run):
    corpus = text(20, 35, seed=10_000).T
    return mistaken(run.model(corpus[:-1], torch.zeros(2, 20, 64))[0], corpus[1:])
