"""The output is the same whatever the input; with fewer layers it is not.

Stack Overflow, as kept at
https://www.whosebug.com/question/4230002/Output-from-LSTM-not-changing-for-different-inputs
"""

import torch
from diagnosis.reports.run import Run, unexplained, waves
from torch import nn

CAUSE = (
    "eight layers at the default initialisation pass next to nothing of the input on, and no gradient back"
)
KINDS = {"vanishing", "predicts_the_mean"}
LAG = None


class LSTM(nn.Module):
    def __init__(self, num_layers):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, num_layers, batch_first=True)
        self.fc = nn.Linear(16, 1)

    def forward(self, input_data):
        lstm_out, _ = self.lstm(input_data)
        return self.fc(lstm_out[:, -1]).squeeze(1)


def make(fixed=False):
    torch.manual_seed(0)
    model = LSTM(num_layers=1 if fixed else 8)
    return Run(model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), fixed)


def train(run, tape=None, steps=200):
    losses = []
    criterion = nn.MSELoss()
    for step in range(steps):
        x, y = waves(32, 15, seed=step)
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
    x, y = waves(200, 15, seed=10_000)
    return unexplained(run.model(x), y)
