"""Every command of gradviz once, on something small, as a newcomer types it in an empty folder."""

from __future__ import annotations

from typing import NamedTuple

_SMALL = "-s training.steps=4 -s task.length=10 -s model.hidden_size=8 -s recording.every=1"
_SEARCH = """
[sweep.search]
trials = 2
metric = "loss"
goal = "min"
"training.learning_rate" = {low = 1e-4, high = 1e-1, log = true}
"""
FILES = {  # what stands in the folder before the first command
    "mine.py": (
        "import torch\nfrom torch import nn\n\n"
        "def make():\n    return nn.LSTM(3, 8, batch_first=True)\n\n"
        "def training():\n    model = make()\n"
        "    batches = [(torch.randn(4, 30, 3), torch.randn(4, 8)) for _ in range(3)]\n"
        "    return model, batches, lambda output, target: ((output[0][:, -1] - target) ** 2).mean()\n"
    ),
    "searched.toml": (
        f'name = "searched"\n[task]\nname = "adding"\nlength = 10\n[model]\ncell = "rnn"\n{_SEARCH}'
    ),
    "paper.toml": (
        'name = "paper"\n[task]\nname = "adding"\nlength = 8\n[model]\ncell = "rnn"\nhidden_size = 4\n'
        '[training]\nsteps = 3\n[recording]\nevery = 1\n[sweep]\nseed = "0..4"\n'
        '[reproduction]\nclaim = "It learns."\nsource = "Nobody"\nprotocol = "Three steps."\ndiffers = []\n'
        'theirs = "0.1"\nfull_size = "an hour"\nminutes = 1.0\n'
    ),
}
# `gradviz gallery` has no option for a few figures, and all of them take minutes
_GALLERY_OF_TWO = (
    "from gradviz.gallery.figure_table import FIGURES as f; "
    "[f.pop(name) for name in set(f) - {'scalar_gradient', 'bifurcation'}]; "
    "from gradviz.cli.main import main; main()"
)

_ON_DASK = """
import sys
from importlib.util import find_spec
if find_spec("distributed"):
    from distributed import LocalCluster
    cluster = LocalCluster(n_workers=1, processes=False, dashboard_address=None)
    sys.argv[-1] = cluster.scheduler_address
from gradviz.cli.main import main
main()
"""


class Command(NamedTuple):
    """What is typed behind ``gradviz``, and what comes of it.

    A pattern of files among the words stands for the first file that it fits. ``extra`` is what must be
    installed, ``codes`` the exit codes that are right. With ``code`` Python runs that text with these words.
    """

    words: str
    prints: str = ""
    makes: tuple[str, ...] = ()
    extra: str = ""
    codes: tuple[int, ...] = (0,)
    code: str = ""


COMMANDS = (
    Command("--version", "gradviz, version "),
    Command("--help", "Record, measure and draw"),
    Command("list tasks", "copy_memory"),
    Command("list cells", "rnn_relu"),
    Command("list inits", "chrono"),
    Command("list figures", "vanishing"),
    Command("list settings", "hidden_size=128"),
    Command("list experiments", "temporal_order"),
    Command("list reproductions", "le2015"),
    Command(
        "reproduce paper.toml --workers 1 --runs papers",
        "reproductions/paper.json",
        ("reproductions/RESULTS.md", "reproductions/figures/paper.svg"),
    ),
    Command("new adding", 'name = "adding"'),
    Command(
        f"run adding {_SMALL} -s recording.detail=full --runs one", "one/adding-", ("one/*/figures/*.png",)
    ),
    Command("run char -s training.steps=3 -s expect=[] -s model.hidden_size=8 --runs text", "text/char-"),
    Command("sample text/char-* --prompt 'hello pytorch' --length 5", "hello pytorch"),
    Command(
        f"sweep adding {_SMALL} -s seed=0 --workers 2 --runs many",
        "",
        ("many/*/sweep.csv", "many/*/sweep.png"),
    ),
    Command(
        f"sweep adding {_SMALL} -s seed=0 --format parquet --runs many",
        "",
        ("many/*/sweep.parquet",),
        "parquet",
    ),
    Command(
        f"sweep adding {_SMALL} -s seed=1 --executor dask --runs dask --scheduler tcp://127.0.0.1:1",
        "",
        ("dask/*/sweep.csv",),
        "cluster",
        code=_ON_DASK,
    ),
    Command(f"sweep searched.toml {_SMALL} --workers 1 --runs found", "", ("found/*/sweep.csv",), "search"),
    Command("plot one/adding-* gradient_heatmap", "", ("gradient_heatmap.png",)),
    Command("plot one/adding-* gate_heatmap -o gates.svg", "", ("gates.svg",)),
    Command("plot one/adding-* learning_curve -o curve.pdf --style paper", "", ("curve.pdf",)),
    Command("plot text/char-* text --gate forget --unit 1", "", ("text.png",)),
    Command("animate one/adding-* gradient_heatmap --frames 2", "", ("gradient_heatmap.gif",)),
    Command("animate one/adding-* gate_histogram -o gates.mp4 --frames 2", "", ("gates.mp4",), "video"),
    Command("diagnose one/adding-*", "Checked", codes=(0, 1)),
    Command("diagnose mine:make --lag 20", "Checked"),
    Command("diagnose mine:training --try --steps 2 --lag 20", "untouched", codes=(0, 1)),
    Command("report one/adding-* -o run.html", "", ("run.html",), "html"),
    Command("explore train_here -o lesson.html", "", ("lesson.html",), "html"),
    Command(
        "figure scalar_gradient --format png,svg,pdf --data",
        "",
        tuple(f"scalar_gradient.{end}" for end in ("png", "svg", "pdf", "csv")),
    ),
    Command("figure vanishing -s hidden_size=48 --language de --dark", "", ("vanishing.png",)),
    Command("gallery --check", "title: ", code=_GALLERY_OF_TWO),
    Command(
        "gallery -o pictures", "", ("pictures/README.md", "pictures/bifurcation.png"), code=_GALLERY_OF_TWO
    ),
    Command("lecture --only scalar_gradient -o hand.pdf", "", ("hand.pdf",)),
    Command("lecture --only scalar_gradient", "", ("lecture.pptx",), "slides"),
    Command(
        "benchmark --lengths 3 --cells rnn --units 4 --pairs 1 --seconds 0.01",
        "Training step",
        ("gradviz-benchmark/*.csv",),
    ),
)
