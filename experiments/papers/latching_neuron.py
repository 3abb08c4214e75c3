"""One tanh unit that is to latch one bit: the smallest task of Bengio, Simard and Frasconi (1994)."""

import torch
from torch import nn

TARGET = 0.8  # of the state at the last step: +0.8 for one class, -0.8 for the other


class LatchingTask:
    """Gaussian noise of ``length`` steps; the class is seen only in the first ``signal`` of them.

    Inputs have two features: the noise, and in the first steps +1 or -1 for the class, else 0.
    """

    name = "latching"
    input_size, output_size = 2, 1
    baseline, baseline_meaning = TARGET**2, "always predict 0"
    metric_name, metric_goal = "accuracy", "max"
    fixed_lag = True

    def __init__(self, length=20, signal=3, noise=0.2):
        self.length, self.signal, self.noise = length, signal, noise
        self.lag = length - signal
        self.informative = range(signal)

    def batch(self, size, generator):
        """Half of the sequences are of each class."""
        classes = (1 - 2 * (torch.arange(size) % 2)).float()
        inputs = torch.zeros(size, self.length, 2)
        inputs[..., 0] = self.noise * torch.randn(size, self.length, generator=generator)
        inputs[:, : self.signal, 1] = classes.unsqueeze(-1)
        return inputs, TARGET * classes.unsqueeze(-1)

    def loss(self, outputs, targets):
        """Mean squared error of the last state."""
        return nn.functional.mse_loss(outputs, targets)

    def metric(self, outputs, targets):
        """Share of the sequences after which the state has the sign of its class."""
        return (outputs.sign() == targets.sign()).float().mean()


class LatchingNeuron(nn.Module):
    """A tanh unit with one trained weight to itself; what it sees of a class is trained too."""

    def __init__(self, signal, weight, spread):
        super().__init__()
        self.shown = nn.Parameter(spread * torch.randn(2, signal))  # of both classes, at each step of the signal
        self.layer = nn.RNN(1, 1, bias=False, batch_first=True)
        with torch.no_grad():
            self.layer.weight_hh_l0.fill_(weight)
            self.layer.weight_ih_l0.fill_(1.0)
        self.layer.weight_ih_l0.requires_grad_(False)

    def forward(self, inputs):
        """The last state, of shape (batch, 1)."""
        noise, kind = inputs[..., 0], inputs[..., 1]
        signal = self.shown.shape[1]
        shown = torch.where(kind[:, :1] > 0, self.shown[0], self.shown[1])
        drive = torch.cat([noise[:, :signal] + shown, noise[:, signal:]], dim=1)
        return self.layer(drive.unsqueeze(-1))[1][-1]


def make(task, weight=1.25, spread=0.1):
    """The unit before training; ``spread`` is the standard deviation of what it sees of a class."""
    return LatchingNeuron(task.signal, weight, spread)
