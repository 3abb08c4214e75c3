"""A character model that is fed one letter after the other, with one loss over the piece.

After https://github.com/spro/practical-pytorch/tree/master/char-rnn-generation
"""

import torch
from diagnosis.reports.run import Run, mistaken, text
from torch import nn

LAG = None


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(12, 32)
        self.gru = nn.GRU(32, 32, 2)
        self.decoder = nn.Linear(32, 12)

    def forward(self, letter, hidden):
        output, hidden = self.gru(self.encoder(letter.view(1, -1)), hidden)
        return self.decoder(output.squeeze(0)), hidden


def make():
    torch.manual_seed(0)
    model = RNN()
    return Run(model, torch.optim.Adam(model.parameters(), lr=0.01))


def train(run, tape=None, steps=80):
    losses = []
    criterion = nn.CrossEntropyLoss()
    for step in range(steps):
        chunk = text(8, 20, seed=step)
        hidden = torch.zeros(2, 8, 32)
        run.model.zero_grad()
        loss = 0
        for c in range(20):
            output, hidden = run.model(chunk[:, c], hidden)
            loss += criterion(output, chunk[:, c + 1])
        loss.backward()
        run.optimizer.step()
        losses.append(loss.item() / 20)
        if tape is not None:
            tape.step(loss / 20, output=output, target=chunk[:, -1])
    return losses


def error(run):
    chunk = text(50, 20, seed=10_000)
    hidden, scores = torch.zeros(2, 50, 32), []
    for c in range(20):
        output, hidden = run.model(chunk[:, c], hidden)
        scores.append(output)
    return mistaken(torch.stack(scores, 1), chunk[:, 1:])
