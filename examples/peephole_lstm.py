"""An LSTM with peepholes written by hand: its gates, its cell state, and how long its units remember.

With the biases that PyTorch gives its layer, near 0, it forgets within a few time steps.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
STEPS, BATCH, INPUTS, UNITS = 30, 16, 3, 32


def record(forget_bias: float):
    """Record one pass of the LSTM of Gers, Schraudolph and Schmidhuber (2002)."""
    torch.manual_seed(0)
    net, peep = nn.Linear(INPUTS + UNITS, 4 * UNITS), nn.Parameter(0.1 * torch.randn(3, UNITS))
    net.bias.data[UNITS : 2 * UNITS] += forget_bias
    with gv.record(net, detail="full") as tape:
        h = c = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(torch.randn(STEPS, BATCH, INPUTS)):
            i, f, g, o = net(torch.cat([x, h], dim=1)).chunk(4, dim=1)
            i, f, g = torch.sigmoid(i + peep[0] * c), torch.sigmoid(f + peep[1] * c), torch.tanh(g)
            c = f * c + i * g
            o = torch.sigmoid(o + peep[2] * c)  # this one sees the new cell state
            h = o * torch.tanh(c)
            gates = {"input": i, "forget": f, "candidate": g, "output": o}
            squash = {"candidate": "tanh"}  # the others are sigmoids
            tape.observe("lstm", h, time=t, gates=gates, squash=squash, cell_state=c, keeps="forget")
        h.pow(2).mean().backward()
    return tape.tree


trees = {"healthy": record(3.0), "default": record(0.0), "closed": record(-4.0)}
for name, tree in trees.items():
    print(f"{name}: {gv.diagnose(tree, lag=STEPS - 1)}\n")

axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")[1]
gv.plot_time_constants(trees, lag=STEPS - 1, ax=axes[0])
gv.plot_gradient_norms(trees, ax=axes[1])
plt.savefig(folder / "peephole_lstm.png", dpi=150)
print("drawn in peephole_lstm.png")
