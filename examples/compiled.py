"""Record a model under torch.compile: it trains as without gradviz, to the bit.

``nn.LSTM`` runs outside of the compiled graphs and is recorded as it is.  An ``nn.GRUCell`` would become a part
of a graph; ``torch.compiler.disable`` keeps it out of there, and then it is recorded too.

Run:  python compiled.py [folder [backend]]
"""

import shutil
import sys
from contextlib import nullcontext
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

    def forward(self, x):
        state = summary = nn.functional.gelu(self.norm(self.encoder(x)[0][-1]))
        for _ in range(5):
            state = self.refine(summary, state)
        return self.head(state)


def train(recorded):
    torch.manual_seed(0)
    model, losses = Model(), []
    compiled = torch.compile(model, backend=backend)
    optimizer = torch.optim.Adam(model.parameters(), 0.003)
    with gv.record(model, every=2) if recorded else nullcontext() as tape:
        for _ in range(40):
            x = torch.randn(30, 64, 2)  # (time, batch, input)
            loss = (compiled(x) - x.sum((0, 2)).unsqueeze(1)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if recorded:
                tape.step(loss)
    return losses, tape


folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
backend = sys.argv[2] if len(sys.argv) > 2 else "inductor" if shutil.which("g++") else "aot_eager"
losses, tape = train(recorded=True)
print(f"recorded with backend {backend}: {', '.join(tape.tree.children)}")
print(f"losses the same to the bit as without recording: {losses == train(recorded=False)[0]}")

axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")[1]
for ax, name in zip(axes, tape.names, strict=True):
    gv.plot_gradient_heatmap(tape[name], ax=ax)
    ax.set_title(name)
plt.savefig(folder / "compiled.png")
