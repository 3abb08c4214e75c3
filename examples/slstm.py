"""An sLSTM written by hand: exponential gates, kept in range by a stabiliser state.

After stabilising, the larger of the input and the forget gate is 1, and the other says how much less it is.
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
    """Record one pass of the sLSTM of Beck et al. (2024), xLSTM, with a sigmoid forget gate."""
    torch.manual_seed(0)
    net = nn.Linear(INPUTS + UNITS, 4 * UNITS)
    net.bias.data[UNITS : 2 * UNITS] += forget_bias
    with gv.record(net, detail="full") as tape:
        h = c = n = m = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(torch.randn(STEPS, BATCH, INPUTS)):
            i, f, z, o = net(torch.cat([x, h], dim=1)).chunk(4, dim=1)
            kept = nn.functional.logsigmoid(f) + m
            m = torch.maximum(kept, i)  # the stabiliser, in logarithms
            i, f, z, o = torch.exp(i - m), torch.exp(kept - m), torch.tanh(z), torch.sigmoid(o)
            c, n = f * c + i * z, f * n + i  # the cell state and its normaliser
            h = o * c / n
            gates = {"input": i, "forget": f, "candidate": z, "output": o}
            squash = {"input": "exp", "forget": "exp", "candidate": "tanh"}
            tape.observe("slstm", h, time=t, gates=gates, squash=squash, cell_state=c)
        h.pow(2).mean().backward()
    return tape.tree


trees = {"healthy": record(5.0), "closed": record(-14.0)}
for name, tree in trees.items():
    print(f"{name}: {gv.diagnose(tree, lag=STEPS - 1)}\n")

axes = plt.subplots(1, 3, figsize=(15, 4), layout="constrained")[1]
gv.plot_gradient_norms(trees, ax=axes[0])
for ax, gate in zip(axes[1:], ("forget", "input"), strict=True):
    gv.plot_gate_heatmap(trees["healthy"], gate=gate, ax=ax).set_title(f"healthy: {gate} gate")
plt.savefig(folder / "slstm.png", dpi=150)
print("drawn in slstm.png")
