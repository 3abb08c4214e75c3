"""A minGRU written by hand, recorded by its own gate: how the bias of the gate decides what it remembers.

With a bias of 0 it forgets, with -2.5 it remembers, and with -12 it stores nothing that it could remember.
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


def record(bias: float):
    """Record one pass of a minGRU (Feng et al., 2024) whose update gate has this bias."""
    torch.manual_seed(0)
    net = nn.Linear(INPUTS, 2 * UNITS)
    net.bias.data[:UNITS] += bias
    with gv.record(net, detail="full") as tape:
        h = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(torch.randn(STEPS, BATCH, INPUTS)):
            update, candidate = net(x).chunk(2, dim=1)
            update = torch.sigmoid(update)
            keep = 1 - update
            h = keep * h + update * candidate
            tape.observe("min_gru", h, time=t, gates={"update": update, "keep": keep}, keeps="keep")
        (h - 1).pow(2).mean().backward()
    return tape.tree


trees = {"forgets": record(0.0), "healthy": record(-2.5), "closed": record(-12.0)}
for name, tree in trees.items():
    print(f"{name}: {gv.diagnose(tree, lag=STEPS - 1)}\n")

axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")[1]
gv.plot_gradient_norms(trees, ax=axes[0])
gv.plot_time_constants({name: trees[name] for name in ("forgets", "healthy")}, ax=axes[1], lag=STEPS - 1)
gv.plot_gate_heatmap(trees["healthy"], gate="update", ax=axes[2]).set_title("healthy: update gate")
plt.savefig(folder / "min_gru.png", dpi=150)
print("drawn in min_gru.png")
