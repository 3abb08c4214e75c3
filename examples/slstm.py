"""An sLSTM written by hand: exponential gates, kept in range by a stabiliser state.

Run:  python slstm.py [folder]
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

import gradviz as gv

STEPS, BATCH, INPUTS, UNITS = 30, 16, 3, 32


def record(forget_bias: float):
    """Record one pass of the sLSTM of Beck et al. (2024), xLSTM."""
    torch.manual_seed(0)
    net = nn.Linear(INPUTS + UNITS, 4 * UNITS)
    net.bias.data[UNITS : 2 * UNITS] = forget_bias
    with gv.record(net, detail="full") as tape:
        h = c = n = m = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(torch.randn(STEPS, BATCH, INPUTS)):
            i, f, z, o = net(torch.cat([x, h], dim=1)).chunk(4, dim=1)
            kept = nn.functional.logsigmoid(f) + m
            m = torch.maximum(kept, i)  # the stabiliser
            i, f, z, o = torch.exp(i - m), torch.exp(kept - m), torch.tanh(z), torch.sigmoid(o)
            c, n = f * c + i * z, f * n + i
            h = o * c / n
            gates = {"input": i, "forget": f, "candidate": z, "output": o}
            squash = {"input": "exp", "forget": "exp", "candidate": "tanh"}
            tape.observe("slstm", h, time=t, gates=gates, squash=squash, cell_state=c)
        h.pow(2).mean().backward()
    return tape.tree


folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
healthy, closed = record(5.0), record(-14.0)
print(f"healthy: {gv.diagnose(healthy, lag=STEPS - 1)}\n\nclosed: {gv.diagnose(closed, lag=STEPS - 1)}")
axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)[1]
for ax, tree in zip(axes, (healthy, closed), strict=True):
    gv.plot_gate_saturation(tree, ax=ax)
plt.savefig(folder / "slstm.png")
