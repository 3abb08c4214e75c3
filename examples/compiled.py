"""Record a model under torch.compile, which trains to the same bits: python compiled.py [folder [backend]]

``nn.LSTM`` runs outside of compiled graphs; a cell becomes a part of one unless it is kept out, as here."""

import shutil
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from torch import nn

import gradviz as gv


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.norm, self.head = nn.LSTM(2, 32), nn.LayerNorm(32), nn.Linear(32, 1)
        self.refine = torch.compiler.disable(nn.GRUCell(32, 32))

    def forward(self, x):  # (time, batch, input)
        state = summary = nn.functional.gelu(self.norm(self.encoder(x)[0][-1]))
        for _ in range(5):
            state = self.refine(summary, state)
        return self.head(state)


torch.manual_seed(0)
folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
backend = sys.argv[2] if len(sys.argv) > 2 else "inductor" if shutil.which("g++") else "aot_eager"
model = torch.compile(Model(), backend=backend)
optimizer = torch.optim.Adam(model.parameters(), 0.003)
with gv.record(model, every=2) as tape:
    for _ in range(40):
        x = torch.randn(30, 64, 2)
        loss = (model(x) - x.sum((0, 2)).unsqueeze(1)).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tape.step(loss)
print(f"recorded with backend {backend}: {', '.join(tape.tree.children)}")
for ax, name in zip(plt.subplots(1, 2, figsize=(10, 4), layout="constrained")[1], tape.names, strict=True):
    gv.plot_gradient_heatmap(tape[name], ax=ax).set_title(name)
plt.savefig(folder / "compiled.png", dpi=150)
