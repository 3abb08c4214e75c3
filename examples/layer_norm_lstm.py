"""An LSTM with layer normalisation written by hand, on inputs that are much too large.

With the norms its gates stay in range whatever the size of the inputs; without them they saturate.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
STEPS, BATCH, INPUTS, UNITS, SCALE = 30, 16, 3, 32, 50.0


def record(normed: bool):
    """Record one pass of the LSTM of Ba, Kiros and Hinton (2016), or one without norms."""
    torch.manual_seed(0)
    from_input, from_state = nn.Linear(INPUTS, 4 * UNITS), nn.Linear(UNITS, 4 * UNITS, bias=False)
    norms = [nn.LayerNorm(size) if normed else nn.Identity() for size in (4 * UNITS, 4 * UNITS, UNITS)]
    bias = nn.Parameter(torch.zeros(4 * UNITS))
    bias.data[UNITS : 2 * UNITS] += 3.0  # of the forget gate, so that it remembers
    with gv.record(nn.ModuleList([from_input, from_state, *norms]), detail="full") as tape:
        h = c = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(SCALE * torch.randn(STEPS, BATCH, INPUTS)):
            i, f, g, o = (norms[0](from_input(x)) + norms[1](from_state(h)) + bias).chunk(4, dim=1)
            i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
            c = f * c + i * g
            h = o * torch.tanh(norms[2](c))
            gates = {"input": i, "forget": f, "candidate": g, "output": o}
            squash = {"candidate": "tanh"}  # the others are sigmoids
            tape.observe("lstm", h, time=t, gates=gates, squash=squash, cell_state=c, keeps="forget")
        h.pow(2).mean().backward()
    return tape.tree


trees = {"healthy": record(normed=True), "no_norms": record(normed=False)}
for name, tree in trees.items():
    print(f"{name}: {gv.diagnose(tree, lag=STEPS - 1)}\n")

axes = plt.subplots(1, 3, figsize=(15, 4), layout="constrained")[1]
gv.plot_gradient_norms(trees, ax=axes[0])
for ax, name in zip(axes[1:], ("healthy", "no_norms"), strict=True):
    gv.plot_gate_heatmap(trees[name], gate="input", ax=ax).set_title(f"{name}: input gate")
plt.savefig(folder / "layer_norm_lstm.png", dpi=150)
print("drawn in layer_norm_lstm.png")
