"""A training by ``DistributedDataParallel``: each process records its part of the batch.

Start it with ``torchrun --nproc-per-node 2 distributed.py``.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import gradviz as gv


class Regression(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 32, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x):
        output, _ = self.lstm(x)
        return self.head(output[:, -1])


folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
folder.mkdir(parents=True, exist_ok=True)
dist.init_process_group("gloo")  # "nccl" for GPUs
rank = dist.get_rank()
torch.manual_seed(0)
model = DistributedDataParallel(Regression())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
task, generator = gv.tasks.adding(20), torch.Generator().manual_seed(rank)  # other data for each

with gv.record(model, every=10, path=folder / "recording", optimizer=optimizer) as tape:
    for _ in range(100):
        x, y = task.batch(32, generator)
        optimizer.zero_grad()
        loss = task.loss(model(x), y)
        loss.backward()
        optimizer.step()
        tape.step(loss)

dist.barrier()  # until every process has closed its recording
dist.destroy_process_group()
if rank == 0:
    tree = gv.load(folder / "recording")
    numbers = tree["lstm"]["rank"].values.tolist()
    print(f"sequences of each rank: { {rank: numbers.count(rank) for rank in sorted(set(numbers))} }")
    axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")[1]
    for own, ax in enumerate(axes):
        of_rank = tree["lstm"].to_dataset().sel(sample=tree["lstm"]["rank"] == own)
        gv.plot_gradient_heatmap(of_rank, ax=ax).set_title(f"rank {own}")
    plt.savefig(folder / "distributed.png", dpi=150)
