"""A minGRU written by hand, recorded by its own gate: what a bias of -12 in the gate does to it.

Run:  python min_gru.py [folder]
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

import gradviz as gv

STEPS, BATCH, INPUTS, UNITS = 30, 16, 3, 32


def record(bias: float):
    """Record one pass of a minGRU (Feng et al., 2024) whose update gate has this bias."""
    torch.manual_seed(0)
    net = nn.Linear(INPUTS, 2 * UNITS)
    with gv.record(net, detail="full") as tape:
        h = torch.zeros(BATCH, UNITS)
        for t, x in enumerate(torch.randn(STEPS, BATCH, INPUTS)):
            update, candidate = net(x).chunk(2, dim=1)
            update = torch.sigmoid(update + bias)
            h = (1 - update) * h + update * candidate
            tape.observe("min_gru", h, time=t, gates={"update": update})
        h.pow(2).mean().backward()
    return tape.tree


folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
for name, bias in (("healthy", -2.0), ("closed", -12.0)):
    print(f"{name}: {gv.diagnose(record(bias), lag=STEPS - 1)}\n")

axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")[1]
gv.plot_gate_histogram(record(-2.0), ax=axes[0])
gv.plot_gradient_norms({"bias -2": record(-2.0), "bias 0": record(0.0)}, ax=axes[1])
plt.savefig(folder / "min_gru.png")
