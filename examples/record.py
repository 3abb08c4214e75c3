"""Record the training of your own model, and draw where its gradient goes."""

import sys
from pathlib import Path

import torch
from torch import nn

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
generator = torch.Generator().manual_seed(0)


class Regression(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 32, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x):
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


task = gv.tasks.adding(20)  # add the two marked numbers of a sequence
model = Regression()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

with gv.record(model, every=10, path=folder / "recording") as tape:
    for _ in range(300):
        x, y = task.batch(32, generator)
        optimizer.zero_grad()
        loss = task.loss(model(x), y)
        loss.backward()
        optimizer.step()
        tape.step(loss)  # ends the iteration

tree = gv.load(folder / "recording")
ax = gv.plot_gradient_heatmap(tree, informative=task.informative)
ax.get_figure().savefig(folder / "record.png", dpi=150)
print(f"loss {loss.item():.4f}; the trivial predictor's is {task.baseline:.4f}")
print(f"{tree['lstm'].sizes['step']} of 300 steps recorded in {folder / 'recording'}, drawn in record.png")
