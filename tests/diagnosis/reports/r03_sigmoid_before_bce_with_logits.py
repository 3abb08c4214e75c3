"""An LSTM that scores similarity, with a sigmoid added before BCEWithLogitsLoss: the error rose fourfold.

https://github.com/cvqluu/nn-similarity-diarization/issues/4
"""

import torch
from diagnosis.reports.run import Run
from torch import nn

CAUSE = "sigmoid is applied twice: in forward and again inside BCEWithLogitsLoss"
KINDS = {"softmax_twice"}
LAG = None


class Similarity(nn.Module):
    def __init__(self, sigmoid):
        super().__init__()
        self.lstm = nn.LSTM(8, 24, num_layers=2, batch_first=True, bidirectional=True)
        self.fc1 = nn.Linear(48, 32)
        self.fc2 = nn.Linear(32, 1)
        self.sigmoid = sigmoid

    def forward(self, x):
        x, _ = self.lstm(x)
        x = self.fc2(torch.relu(self.fc1(x))).squeeze(2)
        return torch.sigmoid(x) if self.sigmoid else x


def segments(seed):
    """Does a segment have the first one's speaker?  One in eight does."""
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(32, 10, 8, generator=rng)
    return x, (x[..., 0] + x[..., 1] > 1.6).float()


def make(fixed=False):
    torch.manual_seed(0)
    model = Similarity(sigmoid=not fixed)
    return Run(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), fixed)


def train(run, tape=None, steps=250):
    losses = []
    criterion = nn.BCEWithLogitsLoss()
    for step in range(steps):
        x, y = segments(step)
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
    """Errors at the usual threshold over those of "never the same speaker"."""
    x, y = segments(10_000)
    threshold = 0.5 if run.model.sigmoid else 0.0
    return ((run.model(x) > threshold).float() != y).float().mean().item() / y.mean().item()
