"""A cell or layer called again and again on its own state, which is touched between the calls."""

import pytest
import torch
from capture.sequence_twin import SequenceTwin
from capture.ways import WAYS
from torch import nn

import gradviz as gv

CELLS = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
INPUTS, UNITS, SAMPLES = 3, 4, 3


def slow(*values):
    """Parameters of tests that are run by their own command."""
    rows = (value if isinstance(value, tuple) else (value,) for value in values)
    return [pytest.param(*row, marks=pytest.mark.slow) for row in rows]


class Touched(nn.Module):
    """What a head reads after every call.

    Parameters
    ----------
    kind : {"rnn", "lstm", "gru"}
    way : str, or list of str
        What is done to the state; a list has one for every call.
    piece : int
        Steps of a call; 0 for a cell.
    touched : str
        Which states are touched: "h", "c" or "hc".
    reads : {"output", "state", "both"}
        The module's output, the touched state, or their sum.
    """

    def __init__(self, kind, way, *, piece=0, layers=1, units=UNITS, touched="hc", reads="output"):
        super().__init__()
        self.rnn = LAYERS[kind](INPUTS, units, layers) if piece else CELLS[kind](INPUTS, units)
        self.has_cell_state, self.layers, self.units = kind == "lstm", layers, units
        self.way, self.piece, self.touched, self.reads = way, piece, touched, reads

    def forward(self, x):
        shape = (self.layers, x.shape[1], self.units) if self.piece else (x.shape[1], self.units)
        state = [
            k * torch.ones(shape, dtype=x.dtype) for k in ((0.1, -0.2) if self.has_cell_state else (0.1,))
        ]
        reads = []
        for t, part in enumerate(x.split(self.piece or 1)):
            given = tuple(state) if self.has_cell_state else state[0]
            out, after = self.rnn(part, given) if self.piece else (None, self.rnn(part[0], given))
            after = after if self.has_cell_state else (after,)
            way = WAYS[self.way if isinstance(self.way, str) else self.way[t]]
            state = [
                way(new, old, t) if name in self.touched else new
                for name, new, old in zip("hc", after, state, strict=False)
            ]
            out, handed = (out, state[0][-1:]) if self.piece else (after[0][None], state[0][None])
            reads.append({"output": out, "state": handed, "both": out + handed}[self.reads])
        return reads


def last(reads):
    end = reads[-1][-1]
    return (end - torch.linspace(-1, 1, end.shape[-1]).to(end)).pow(2).sum()


def every(reads):
    return sum((read + 0.1 * k).sin().sum() for k, read in enumerate(reads))


def faint(reads):
    """The last step, and an early one with a weight that any difference of large numbers would lose."""
    return last(reads) + 1e-9 * reads[1][0].exp().sum()


LOSSES = {"last": last, "every": every, "faint": faint}


def recorded_and_twin(model, loss, *, steps=14, samples=SAMPLES, dtype=torch.float64):
    """The recording of the model's module ``rnn``, and the twin of the same computation."""
    x = torch.randn(steps, samples, INPUTS, dtype=torch.float64)
    model = model.to(dtype)
    x = x.to(dtype)
    torch.manual_seed(1)
    with gv.record(model, samples=None, detail="full") as tape:
        loss(model(x)).backward()
    twin = SequenceTwin(model, "rnn", lambda model: loss(model(x.double())), seed=1)
    return tape["rnn"], twin
