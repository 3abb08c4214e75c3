"""Sweep the forget bias of an LSTM, and measure how fast its gradient falls with the lag."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
BIASES = [-1.0, 0.0, 1.0, 2.0, 4.0]
SEEDS = [0, 1, 2]

rates = {}
for bias in BIASES:
    for seed in SEEDS:
        torch.manual_seed(seed)
        model = gv.SequenceModel("lstm", 2, 32, 1)
        gv.initialise(model, "forget_bias", value=bias)
        tree = gv.probe(model, length=60, seed=seed)
        rates[bias, seed] = float(gv.decay_rate(tree)["decay_rate"].squeeze())
    mean = sum(rates[bias, seed] for seed in SEEDS) / len(SEEDS)
    print(f"forget bias {bias:+.0f}: the gradient loses {mean:.3f} decades per step")

figure, ax = plt.subplots(layout="constrained")
for seed in SEEDS:
    ax.plot(BIASES, [rates[bias, seed] for bias in BIASES], marker="o", label=f"seed {seed}")
ax.set_xlabel("forget bias")
ax.set_ylabel("decay rate (decades per time step)")
ax.legend()
figure.savefig(folder / "sweep.png", dpi=150)
print(f"{len(rates)} networks, drawn in sweep.png")
