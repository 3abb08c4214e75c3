"""Train an RNN, an LSTM and a GRU on one task, and compare how far back their gradient reaches."""

import sys
from pathlib import Path

import torch

import gradviz as gv

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
task = gv.tasks.adding(20)


def train(cell):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    model = gv.SequenceModel(cell, task.input_size, 32, task.output_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with gv.record(model, every=10) as tape:
        for _ in range(300):
            x, y = task.batch(32, generator)
            optimizer.zero_grad()
            loss = task.loss(model(x), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            tape.step(loss)
    return tape.tree


runs = {"RNN": train("rnn"), "LSTM": train("lstm"), "GRU": train("gru")}
for name, tree in runs.items():
    print(f"{name:5} loss {float(tree['recurrent']['loss'][-3:].mean()):.3f}")
print(f"trivial predictor {task.baseline:.3f}")
figure = gv.figure_comparison(
    runs,
    title="Which cell's gradient reaches the marked numbers",
    informative=task.informative,
    baseline=task.baseline,
    baseline_meaning=task.baseline_meaning,
)
figure.savefig(folder / "compare.png", dpi=150)
print("drawn in compare.png")
