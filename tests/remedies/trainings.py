"""Small trainings that are ill in one known way, or not at all."""

import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis.finding import Change, Remedy
from gradviz.remedies.proposals import Proposal

FORGET = 1  # of an LSTM's gates i, f, g, o


class LastStep(nn.Module):
    """A recurrent layer, and a linear layer on its last output; what is in ``end`` follows."""

    def __init__(self, layer, outputs, end=None):
        super().__init__()
        self.layer, self.head, self.end = layer, nn.Linear(layer.hidden_size, outputs), end

    def forward(self, x):
        found = self.head(self.layer(x)[0][:, -1])
        return found if self.end is None else self.end(found)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=0.02)


def batches_of(draw, count=200, seed=0):
    """A generator of batches, each drawn by ``draw(generator)``."""
    generator = torch.Generator().manual_seed(seed)
    return (draw(generator) for _ in range(count))


def recall(length=20):
    """The first of two symbols is asked for at the last step."""
    return gv.tasks.delayed_recall(length=length, symbols=2, distractors=2)


def recalling(layer, length=20):
    """A training on `recall`."""
    task = recall(length)
    return LastStep(layer, 2), batches_of(lambda g: task.batch(16, g)), task.loss, adam


def forgetting():
    """An LSTM whose forget gates are closed."""
    layer = nn.LSTM(4, 8, batch_first=True)
    with torch.no_grad():
        for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
            bias[8 * FORGET : 8 * (FORGET + 1)] = -1.5
    return recalling(layer)


def remembering():
    """An LSTM that remembers for as long as the task needs."""
    return recalling(gv.initialise(nn.LSTM(4, 8, batch_first=True), "chrono", t_max=20))


def exploding():
    """A ReLU network whose recurrent weights double the state at every step, so that SGD diverges."""
    layer = gv.initialise(nn.RNN(4, 8, nonlinearity="relu", batch_first=True), "identity", scale=2.0)
    return *recalling(layer)[:3], lambda parameters: torch.optim.SGD(parameters, lr=0.1)


def sign_of_mean(generator, scale=1.0, offset=0.0):
    """Inputs (batch, time, 1), and whether their first three steps have a positive mean."""
    x = torch.randn(16, 5, 1, generator=generator)
    return offset + scale * x, (x[:, :3].mean((1, 2)) > 0).long()


def raw_input():
    """An LSTM on numbers around 800."""
    layer = nn.LSTM(1, 8, batch_first=True)
    draw = batches_of(lambda g: sign_of_mean(g, scale=100.0, offset=800.0))
    return LastStep(layer, 2), draw, nn.functional.cross_entropy, adam


def softmax_twice():
    """A softmax before cross-entropy, which applies another one."""
    model = LastStep(nn.GRU(1, 8, batch_first=True), 2, nn.Softmax(-1))
    return model, batches_of(sign_of_mean), nn.functional.cross_entropy, adam


def broadcast_target():
    """An output (batch, 1) that is compared with a target (batch,)."""

    def draw(generator):
        x = torch.randn(16, 5, 1, generator=generator)
        return x, x[:, :3].sum((1, 2))

    return LastStep(nn.GRU(1, 8, batch_first=True), 1), batches_of(draw), nn.functional.mse_loss, adam


def random_labels():
    """Labels that have nothing to do with the inputs."""

    def draw(generator):
        return torch.randn(16, 5, 1, generator=generator), torch.randint(2, (16,), generator=generator)

    return LastStep(nn.GRU(1, 8, batch_first=True), 2), batches_of(draw), nn.functional.cross_entropy, adam


def proposal(name, **options):
    """One change to try, as if a finding had advised it."""
    change = Change(name, options)
    return Proposal((change,), (), (Remedy(f"Advice: {name}.", f"# {name}", (change,)),))
