"""Recurrent cells as users write them by hand: a minGRU, an LSTM with peepholes, an sLSTM."""

import warnings
from typing import NamedTuple

import torch
from torch import nn

import gradviz as gv
from gradviz.errors import DirectOnlyWarning


class Step(NamedTuple):
    """One time step: the state, the gates with what their functions were applied to, and the cell state."""

    h: torch.Tensor
    gates: dict
    arguments: dict
    cell_state: torch.Tensor | None = None


def squashed(arguments, squash):
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "exp": torch.exp, "relu": torch.relu}
    return {gate: functions[squash.get(gate, "sigmoid")](value) for gate, value in arguments.items()}


class MinGRU(nn.Module):
    """Feng et al. (2024), "Were RNNs all we needed?"; the update gate lets the new state in."""

    squash, keeps = {}, None

    def __init__(self, features, units):
        super().__init__()
        self.units = units
        self.net = nn.Linear(features, 2 * units)

    def shift(self, gate, by):
        """Raise the bias of a gate."""
        place = ("update", "candidate").index(gate)
        self.net.bias.data[place * self.units : (place + 1) * self.units] += by
        return self

    def steps(self, x):
        h = x.new_zeros(x.shape[1], self.units)
        for x_t in x:
            update, candidate = self.net(x_t).chunk(2, dim=1)
            gates = squashed({"update": update}, self.squash)
            h = (1 - gates["update"]) * h + gates["update"] * candidate
            yield Step(h, gates, {"update": update})


class PeepholeLSTM(nn.Module):
    """Gers, Schraudolph and Schmidhuber (2002): the gates see the cell state."""

    squash, keeps = {"candidate": "tanh"}, "forget"
    names = ("input", "forget", "candidate", "output")

    def __init__(self, features, units):
        super().__init__()
        self.units = units
        self.net = nn.Linear(features + units, 4 * units)
        self.peephole = nn.Parameter(0.1 * torch.randn(3, units))

    def shift(self, gate, by):
        place = self.names.index(gate)
        self.net.bias.data[place * self.units : (place + 1) * self.units] += by
        return self

    def steps(self, x):
        h = c = x.new_zeros(x.shape[1], self.units)
        for x_t in x:
            i, f, g, o = self.net(torch.cat([x_t, h], dim=1)).chunk(4, dim=1)
            before = {"input": i + self.peephole[0] * c, "forget": f + self.peephole[1] * c, "candidate": g}
            gates = squashed(before, self.squash)
            c = gates["forget"] * c + gates["input"] * gates["candidate"]
            before["output"] = o + self.peephole[2] * c
            gates["output"] = torch.sigmoid(before["output"])
            h = gates["output"] * torch.tanh(c)
            yield Step(h, gates, before, c)


class SLSTM(nn.Module):
    """Beck et al. (2024), "xLSTM": exponential gates, kept in range by a stabiliser state."""

    squash, keeps = {"input": "exp", "forget": "exp", "candidate": "tanh"}, None
    names = ("input", "forget", "candidate", "output")

    def __init__(self, features, units):
        super().__init__()
        self.units = units
        self.net = nn.Linear(features + units, 4 * units)
        self.shift("forget", 3.0)

    shift = PeepholeLSTM.shift

    def steps(self, x):
        h = c = n = m = x.new_zeros(x.shape[1], self.units)
        for x_t in x:
            i, f, z, o = self.net(torch.cat([x_t, h], dim=1)).chunk(4, dim=1)
            kept = nn.functional.logsigmoid(f) + m
            m = torch.maximum(kept, i)
            before = {"input": i - m, "forget": kept - m, "candidate": z, "output": o}
            gates = squashed(before, self.squash)
            c = gates["forget"] * c + gates["input"] * gates["candidate"]
            n = gates["forget"] * n + gates["input"]
            h = gates["output"] * c / n.clamp(min=1e-6)
            yield Step(h, gates, before, c)


CELLS = {"minGRU": MinGRU, "peephole LSTM": PeepholeLSTM, "sLSTM": SLSTM}


def observed_loop(tape, cell, x, name="mine"):
    """Run a cell over x, (time, batch, features), observe each step, and return the last state."""
    for t, step in enumerate(cell.steps(x)):
        tape.observe(
            name,
            step.h,
            time=t,
            gates=step.gates,
            squash=cell.squash,
            cell_state=step.cell_state,
            keeps=cell.keeps,
        )
    return step.h


class Recorded:
    """A hand-written cell with a loss on its last state, as a case for the diagnosis."""

    def __init__(self, cell, steps=20, features=3):
        self.cell, self.steps, self.features = cell, steps, features

    def record(self):
        x = torch.randn(self.steps, 8, self.features, generator=torch.Generator().manual_seed(1))
        with gv.record(self.cell, detail="full") as tape:
            observed_loop(tape, self.cell, x).sum().backward()
        return tape.tree


class RecordedScan(Recorded):
    """A minGRU without a loop, whose states a cumulative sum computes all at once."""

    def record(self):
        x = torch.randn(self.steps, 8, self.features, generator=torch.Generator().manual_seed(1))
        update, candidate = self.cell.net(x).chunk(2, dim=-1)
        update = torch.sigmoid(update)
        kept = torch.log1p(-update).cumsum(0)
        states = torch.exp(kept) * torch.cumsum(update * candidate * torch.exp(-kept), dim=0)
        with warnings.catch_warnings(), gv.record(self.cell) as tape:
            warnings.simplefilter("ignore", DirectOnlyWarning)
            for h, z in zip(states, update, strict=True):
                tape.observe("mine", h, gates={"update": z})
            states[-1].sum().backward()
        return tape.tree
