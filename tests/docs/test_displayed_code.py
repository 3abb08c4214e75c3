"""Code that stands on a page without being run there runs, with a model and batches such as a reader has."""

from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch
from docs.page_blocks import blocks_of

import gradviz as gv

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/index.md", "docs/reference/plots.md")


def code_of(page):
    return [one.body for one in blocks_of(ROOT / page) if one.language == "python" and not one.directive]


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What the code takes for given; it writes into an empty folder."""
    monkeypatch.chdir(tmp_path)
    model = gv.SequenceModel("lstm", 2, 4, 1)
    task, generator = gv.tasks.adding(8), torch.Generator().manual_seed(0)
    before, after = (recorded(model, task, generator) for _ in range(2))
    return {
        "model": model,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
        "loss_fn": torch.nn.functional.mse_loss,
        "batches": [task.batch(3, generator) for _ in range(21)],
        "gv": gv,
        "before": before,
        "after": after,
    }


def recorded(model, task, generator):
    x, y = task.batch(3, generator)
    with gv.record(model) as tape:
        loss = task.loss(model(x), y)
        loss.backward()
        tape.step(loss)
    return tape.tree


@pytest.mark.parametrize("page", PAGES)
def test_it_runs(page, names, capsys):
    blocks = code_of(page)
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    (heatmap,) = plt.gcf().axes[0].images
    assert heatmap.get_array().count()
    if "path=" in blocks[0]:
        assert gv.load("runs/mine")["recurrent"]["step"].values.tolist() == [0, 20]
    printed = capsys.readouterr().out
    assert ("print(gv.diagnose" in blocks[0]) == bool(printed)
