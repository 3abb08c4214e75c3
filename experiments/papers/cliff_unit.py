"""One unit at a cliff: x_t = w σ(x_{t-1}) + b from x_0 = 1/2, and E = (σ(x_50) - 0.7)² (Pascanu et al. 2013).

With h = tanh(x / 2), so that σ(x) = (1 + h) / 2, the recurrence is that of a tanh RNN of one unit,

    h_t = tanh(w / 4 · h_{t-1} + w / 4 + b / 2).

Gradient descent is on w and b: the weights of the RNN are calculated from them.
"""

import torch
from torch import nn
from torch.nn.utils import parametrize

START, TARGET = 0.5, 0.7
UNSTABLE_FROM = 1 / (torch.sigmoid(torch.tensor(START)) * torch.sigmoid(torch.tensor(-START))).item()  # 4.26


class CliffTask:
    """Nothing is shown; σ of the state is to be 0.7 after ``length`` steps."""

    name = "cliff"
    input_size, output_size = 1, 1
    metric_name, metric_goal = "error", "min"
    fixed_lag = True

    def __init__(self, length=50):
        self.length = length
        self.lag = length - 1

    def batch(self, size, generator):
        """All inputs are 0, and all targets are the same: a batch of one is the whole error."""
        return torch.zeros(size, self.length, 1), torch.full((size, 1), TARGET)

    def loss(self, outputs, targets):
        """E."""
        return nn.functional.mse_loss(outputs, targets)

    metric = loss


class Quarter(nn.Module):
    """w / 4, the weight of the RNN, from w."""

    def forward(self, w):
        return w / 4

    def right_inverse(self, weight):
        return 4 * weight


class BiasOfUnit(nn.Module):
    """w / 4 + b / 2, the bias of the RNN, from b and w."""

    def __init__(self, layer):
        super().__init__()
        self.of = (layer,)  # in a tuple, so that it is not a part of this module

    def forward(self, b):
        return self.of[0].weight_hh_l0.reshape(1) + b / 2


class CliffUnit(nn.Module):
    """The unit, with the parameters w and b."""

    def __init__(self, w, b):
        super().__init__()
        self.layer = nn.RNN(1, 1, batch_first=True)
        with torch.no_grad():
            for weight in self.layer.parameters():
                weight.zero_()
            self.layer.weight_hh_l0.fill_(w / 4)
            self.layer.bias_hh_l0.fill_(b)
        for name in ("weight_ih_l0", "bias_ih_l0"):
            getattr(self.layer, name).requires_grad_(False)
        parametrize.register_parametrization(self.layer, "weight_hh_l0", Quarter())
        parametrize.register_parametrization(self.layer, "bias_hh_l0", BiasOfUnit(self.layer), unsafe=True)

    def forward(self, inputs):
        """σ of the last state, of shape (batch, 1)."""
        first = inputs.new_full((1, len(inputs), 1), START / 2).tanh()
        return (1 + self.layer(inputs, first)[1][-1]) / 2


def make(low=4.8, high=6.2, distance=0.02):
    """The unit at a random place near the wall.

    w is drawn from U[low, high], and b from within ``distance`` of the wall b = 0.5 - σ(0.5) w.
    """
    w = low + (high - low) * torch.rand(()).item()
    b = START - torch.sigmoid(torch.tensor(START)).item() * w + distance * (2 * torch.rand(()).item() - 1)
    return CliffUnit(w, b)
