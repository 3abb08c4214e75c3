"""Two LSTM cells that learn sines and go on with their own outputs, with LBFGS and a closure.

After https://github.com/pytorch/examples/tree/main/time_sequence_prediction
"""

import torch
from diagnosis.reports.run import Run, unexplained, waves
from torch import nn

LAG = None


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTMCell(1, 24)
        self.lstm2 = nn.LSTMCell(24, 24)
        self.linear = nn.Linear(24, 1)

    def forward(self, x, future=0):
        outputs = []
        h1, c1, h2, c2 = (torch.zeros(x.size(0), 24, dtype=torch.double) for _ in range(4))
        for step in x.split(1, dim=1):
            h1, c1 = self.lstm1(step, (h1, c1))
            h2, c2 = self.lstm2(h1, (h2, c2))
            output = self.linear(h2)
            outputs += [output]
        for _ in range(future):
            h1, c1 = self.lstm1(output, (h1, c1))
            h2, c2 = self.lstm2(h1, (h2, c2))
            output = self.linear(h2)
            outputs += [output]
        return torch.cat(outputs, dim=1)


def make():
    torch.manual_seed(0)
    seq = Sequence().double()
    return Run(seq, torch.optim.LBFGS(seq.parameters(), lr=0.3, max_iter=5))


def train(run, tape=None, steps=25):
    losses = []
    criterion = nn.MSELoss()
    x = waves(24, 21, seed=0)[0][..., 0].double()
    data, target = x[:, :-1], x[:, 1:]
    for _ in range(steps):

        def closure():
            run.optimizer.zero_grad()
            loss = criterion(run.model(data), target)
            loss.backward()
            return loss

        loss = run.optimizer.step(closure)
        losses.append(loss.item())
        with torch.no_grad():
            predicted = run.model(data[:3], future=10)[:, :20]
        if tape is not None:
            tape.step(loss, output=predicted, target=target[:3])
    return losses


def error(run):
    x = waves(24, 21, seed=0)[0][..., 0].double()
    return unexplained(run.model(x[:, :-1]), x[:, 1:])
