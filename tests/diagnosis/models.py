"""Small models as people write them, with the usual mistakes."""

from copy import deepcopy

import torch
from torch import nn
from torch.nn.utils.rnn import pad_packed_sequence

import gradviz as gv


class LastStep(nn.Module):
    """A recurrent layer and a linear head on ``output[:, -1]``."""

    def __init__(self, layer, outputs=1):
        super().__init__()
        self.layer = layer
        width = layer.hidden_size * (2 if layer.bidirectional else 1)
        self.head = nn.Linear(width, outputs)

    def forward(self, x):
        output, _ = self.layer(x)
        return self.head(output[:, -1])


class FirstAxisLast(LastStep):
    """The same with ``output[-1]``, which is right for a layer with time first."""

    def forward(self, x):
        output, _ = self.layer(x)
        return self.head(output[-1])


class EndStates(LastStep):
    """Reads the state at the end of each direction."""

    def forward(self, x):
        _, state = self.layer(x)
        h_n = state[0] if isinstance(state, tuple) else state
        return self.head(torch.cat([h_n[-2], h_n[-1]], -1) if self.layer.bidirectional else h_n[-1])


class Joined(nn.Module):
    """Joins the last states of both directions, by a view or as it should be."""

    def __init__(self, layer, is_viewed=True):
        super().__init__()
        self.layer, self.is_viewed = layer, is_viewed
        self.head = nn.Linear(2 * layer.hidden_size, 1)

    def forward(self, x):
        h_n = self.layer(x)[1][0]
        batch = h_n.shape[1]
        return self.head(h_n.view(batch, -1) if self.is_viewed else h_n.transpose(0, 1).reshape(batch, -1))


class Translator(nn.Module):
    """An encoder, and a decoder that is called for each step, from the encoder's state or from its own."""

    def __init__(self, is_handed_on=False):
        super().__init__()
        self.encoder, self.decoder = (initialised(nn.GRU(3, 12), "chrono", t_max=12) for _ in range(2))
        self.head = nn.Linear(12, 1)
        self.is_handed_on = is_handed_on

    def forward(self, x):
        encoded = state = self.encoder(x)[1]
        outputs = []
        for x_t in x.split(1):
            output, state = self.decoder(x_t, state if self.is_handed_on else encoded)
            outputs.append(self.head(output))
        return torch.cat(outputs)


class StateAt(nn.Module):
    """Reads ``h_n`` at an index."""

    def __init__(self, layer, index):
        super().__init__()
        self.layer, self.index = layer, index
        self.head = nn.Linear(layer.hidden_size, 1)

    def forward(self, x):
        _, state = self.layer(x)
        h_n = state[0] if isinstance(state, tuple) else state
        return self.head(h_n[self.index])


class Loop(nn.Module):
    """A cell in a loop, whose state is detached every ``detach_every`` steps."""

    def __init__(self, cell, detach_every=None):
        super().__init__()
        self.cell, self.detach_every = cell, detach_every
        self.head = nn.Linear(cell.hidden_size, 1)

    def forward(self, x):
        state = None
        for t, x_t in enumerate(x.unbind(1)):
            if state is not None and self.detach_every and t % self.detach_every == 0:
                state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
            state = self.cell(x_t, state)
        return self.head(state[0] if isinstance(state, tuple) else state)


class Tokens(nn.Module):
    """A language model: embedding, layer, a prediction at every step."""

    def __init__(self, layer, vocabulary=30):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, layer.input_size)
        self.layer = layer
        self.head = nn.Linear(layer.hidden_size, vocabulary)

    def forward(self, x):
        return self.head(self.layer(self.embedding(x))[0])


class CutOff(LastStep):
    """Its output is detached before the head."""

    def forward(self, x):
        output, _ = self.layer(x)
        return self.head(output[:, -1].detach())


class Beside(nn.Module):
    """Two layers side by side; the first counts only if it ``works``."""

    def __init__(self, layer, works=False):
        super().__init__()
        self.first, self.works = gv.initialise(layer, "chrono", t_max=30), works
        self.second = gv.initialise(deepcopy(layer), "chrono", t_max=30)
        self.head = nn.Linear(layer.hidden_size, 1)

    def forward(self, x):
        first, second = self.first(x)[0], self.second(x)[0]
        return self.head(second[:, -1] + (1 if self.works else 0) * first[:, -1])


class Padded(LastStep):
    """Sequences that are packed, padded again, and read at the last step of the batch."""

    def forward(self, x):
        output, _ = self.layer(x)
        return self.head(pad_packed_sequence(output, batch_first=True)[0][:, -1])


class StepByStep(LastStep):
    """Calls the layer with one time step after another."""

    def forward(self, x):
        state = None
        for x_t in x.split(1, dim=1):
            output, state = self.layer(x_t, state)
        return self.head(output[:, -1])


class Ungraded(LastStep):
    """Its layer runs without gradients."""

    def forward(self, x):
        with torch.no_grad():
            output, _ = self.layer(x)
        return self.head(output[:, -1])


def initialised(layer, name, **options):
    return gv.initialise(layer, name, **options)


def with_biases(layer, gate, value):
    """The layer with the bias of one gate set to a value; ``gate`` counts in PyTorch's order."""
    units = slice(gate * layer.hidden_size, (gate + 1) * layer.hidden_size)
    with torch.no_grad():
        for name, weight in layer.named_parameters():
            if name.startswith("bias_ih"):
                weight[units] = value
            elif name.startswith("bias_hh"):
                weight[units] = 0
    return layer


def scaled(layer, factor):
    """The layer with all weights multiplied by a factor."""
    with torch.no_grad():
        for weight in layer.parameters():
            weight.mul_(factor)
    return layer


def sheared(layer, strength, decay=0.9):
    """The layer with a recurrent weight that stretches first, though all its eigenvalues are ``decay``."""
    size = layer.hidden_size
    u = decay * torch.eye(size) + strength * torch.diag(torch.ones(size - 1), 1)
    with torch.no_grad():
        layer.weight_hh_l0.copy_(u)
        layer.bias_ih_l0.zero_()
        layer.bias_hh_l0.zero_()
    return layer


def dead(layer, units):
    """The layer with ``units`` ReLU units that are always zero."""
    with torch.no_grad():
        layer.bias_ih_l0[:units] = -20.0
    return layer


def stacked(kind):
    """Two bidirectional layers."""
    return kind(3, 24, num_layers=2, bidirectional=True, batch_first=True)


def frozen(layer):
    """The layer with weights that are not trained."""
    return layer.requires_grad_(False)
