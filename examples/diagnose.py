"""Diagnose a model before training it, follow the advice, and diagnose it again."""

import sys
from pathlib import Path

import torch

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
LAG = 100  # time steps that the model will have to bridge
torch.manual_seed(0)

model = gv.SequenceModel("lstm", 2, 32, 1)
before = gv.probe(model, lag=LAG)  # one pass with random input
found = gv.diagnose(before, lag=LAG)
print(found)

gv.initialise(model, "chrono", t_max=LAG)  # the advice of the first finding
after = gv.probe(model, lag=LAG)
print("after the initialisation:", [finding.kind for finding in gv.diagnose(after, lag=LAG)] or "healthy")

ax = gv.plot_gradient_norms({"default": before, "chrono": after})
ax.get_figure().savefig(folder / "diagnose.png", dpi=150)
print("drawn in diagnose.png")
