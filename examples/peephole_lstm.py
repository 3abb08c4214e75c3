"""An LSTM with peepholes written by hand: its gates, its cell state, and how long its units remember.

Run:  python peephole_lstm.py [folder]
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

import gradviz as gv

STEPS, BATCH, INPUTS, UNITS = 30, 16, 3, 32


def record(forget_bias: float):
    """Record one pass of the LSTM of Gers, Schraudolph and Schmidhuber (2002)."""
    torch.manual_seed(0)
    net, peep = nn.Linear(INPUTS + UNITS, 4 * UNITS), nn.Parameter(0.1 * torch.randn(3, UNITS))
    net.bias.data[UNITS : 2 * UNITS] = forget_bias
    with gv.record(net, detail="full") as tape:
        h = c = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(torch.randn(STEPS, BATCH, INPUTS)):
            i, f, g, o = net(torch.cat([x, h], dim=1)).chunk(4, dim=1)
            i, f, g = torch.sigmoid(i + peep[0] * c), torch.sigmoid(f + peep[1] * c), torch.tanh(g)
            c = f * c + i * g
            o = torch.sigmoid(o + peep[2] * c)
            h = o * torch.tanh(c)
            gates = {"input": i, "forget": f, "candidate": g, "output": o}
            squash = {"candidate": "tanh"}
            tape.observe("lstm", h, time=t, gates=gates, squash=squash, cell_state=c, keeps="forget")
        h.pow(2).mean().backward()
    return tape.tree


folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
healthy, closed = record(3.0), record(-6.0)
print(f"healthy: {gv.diagnose(healthy, lag=STEPS - 1)}\n\nclosed: {gv.diagnose(closed, lag=STEPS - 1)}")
gv.plot_time_constants({"bias 3": healthy, "bias -6": closed}, lag=STEPS - 1)
plt.savefig(folder / "peephole_lstm.png")
