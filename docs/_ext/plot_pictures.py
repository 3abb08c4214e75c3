"""A picture of every plot, light and dark, drawn at build from small trainings, and the code for it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/reference/pictures"
_CACHE = ROOT / "build/docs-runs"

RUNS = """\
import gradviz as gv

trees = {}
for cell in ("rnn", "lstm", "gru"):
    config = {
        "name": cell,
        "task": {"name": "adding", "length": 20},
        "model": {"cell": cell, "hidden_size": 16},
        "training": {
            "steps": 400,
            "batch_size": 32,
            "learning_rate": 0.02,
        },
        "recording": {"every": 8, "detail": "full"},
    }
    trees[cell] = gv.run(config).tree
tree = trees["gru"]

letters = gv.run(
    {
        "name": "letters",
        "task": {"name": "text"},
        "model": {"cell": "lstm", "hidden_size": 32},
        "training": {
            "steps": 300,
            "batch_size": 53,
            "learning_rate": 0.03,
        },
        "recording": {"every": 10, "detail": "full"},
    }
)
"""
"""What all pictures are drawn from."""

_TEXT = """\
import torch

model = letters.model
numbers = model.alphabet.numbers(model.text).tolist()
with torch.no_grad(), gv.record(model, detail="forward") as tape:
    model(model.input.encode(numbers, "cpu"))
gv.plot_text(tape.tree, model.text, unit=5, gate="forget")"""

CODE = {
    "plot_gradient_heatmap": "gv.plot_gradient_heatmap(tree)",
    "plot_gradient_norms": "gv.plot_gradient_norms(trees, step=0)",
    "plot_gradient_paths": "gv.plot_gradient_paths(tree)",
    "plot_learning_curve": "gv.plot_learning_curve(trees)",
    "plot_gate_heatmap": 'gv.plot_gate_heatmap(letters.tree, gate="forget")',
    "plot_gate_histogram": "gv.plot_gate_histogram(letters.tree)",
    "plot_gate_saturation": "gv.plot_gate_saturation(letters.tree)",
    "plot_saturation_heatmap": 'gv.plot_saturation_heatmap(letters.tree, gate="output", over="unit")',
    "plot_unit_saturation": 'gv.plot_unit_saturation(letters.tree, gate="forget")',
    "plot_time_constants": 'gv.plot_time_constants({"lstm": trees["lstm"], "gru": trees["gru"]}, lag=19)',
    "plot_text": _TEXT,
    "plot_eigenvalues": (
        "import torch\n\n"
        "torch.manual_seed(0)\n"
        "layers = {name: getattr(torch.nn, name)(2, 32) for name in ('RNN', 'GRU')}\n"
        "gv.initialise(layers['RNN'], 'orthogonal', gain=0.9)\n"
        "gv.plot_eigenvalues({name: gv.hidden_eigenvalues(layer) for name, layer in layers.items()})"
    ),
    "plot_connectivity": (
        "import torch\n\n"
        "torch.manual_seed(0)\n"
        'model = gv.SequenceModel("gru", 2, 16, 1, every_step=True)\n'
        "x, targets = torch.randn(8, 20, 2), torch.randn(8, 20, 1)\n"
        "gv.plot_connectivity(gv.connectivity(model, x, targets))"
    ),
    "plot_lyapunov": (
        "import torch\n\n"
        "torch.manual_seed(0)\n"
        "x = torch.randn(300, 3, 2)  # (time, batch, features)\n"
        "spectra = {\n"
        "    cell.__name__: gv.lyapunov_spectrum(cell(2, 16), x, k=16, warmup=50)\n"
        "    for cell in (torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU)\n"
        "}\n"
        "gv.plot_lyapunov(spectra)"
    ),
    "figure_comparison": 'gv.figure_comparison(trees, title="The adding task over 20 time steps")',
}
"""The lines that draw each picture, by the name of the function in gradviz."""


def uses_the_runs(name: str) -> bool:
    """Whether the code of a picture needs what `RUNS` makes."""
    return any(word in CODE[name] for word in ("tree)", "trees", "letters"))


def draw(folder: Path = PICTURES, cache: Path = _CACHE) -> None:
    """Draw ``NAME-light.png`` and ``NAME-dark.png`` of every plot, unless nothing has changed since.

    Parameters
    ----------
    folder : Path
        For the pictures.
    cache : Path
        For the runs.
    """
    digest = _digest()
    kept = folder / "digest"
    if kept.exists() and kept.read_text() == digest:
        return
    import matplotlib
    import torch

    matplotlib.use("Agg")
    torch.set_num_threads(1)  # small products are slower on several, much slower on a busy machine
    folder.mkdir(parents=True, exist_ok=True)
    before = Path.cwd()
    cache.mkdir(parents=True, exist_ok=True)
    os.chdir(cache)  # where gv.run keeps its runs
    try:
        names: dict[str, Any] = {}
        exec(RUNS, names)
        for name, code in CODE.items():
            for dark in (False, True):
                _draw(code, dict(names), folder / f"{name}-{'dark' if dark else 'light'}.png", dark)
    finally:
        os.chdir(before)
    kept.write_text(digest)


def _draw(code: str, names: dict[str, Any], file: Path, dark: bool) -> None:
    import matplotlib.pyplot as plt

    import gradviz as gv

    with gv.use_style("notebook", dark=dark):
        exec(code, {"gv": gv, **names})
        plt.gcf().savefig(file, dpi=110, bbox_inches="tight")
        plt.close("all")


def _digest() -> str:
    """Of everything that a picture can depend on here: the package's source and this file."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted((ROOT / "gradviz").rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()


def _begin(app: Sphinx) -> None:
    draw()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", _begin, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
