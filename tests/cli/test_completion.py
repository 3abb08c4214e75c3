"""What the shell offers after TAB: the names of the tables, without importing anything heavy."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import BashComplete

from gradviz.cli import completion
from gradviz.cli.main import cli
from gradviz.gallery.figure_table import FIGURES
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.plots.animation import ANIMATED
from gradviz.plots.plot_table import PLOTS
from gradviz.tasks.task_table import TASKS


def offered(*words):
    """What bash offers for the last of these words."""
    *before, incomplete = words
    found = BashComplete(cli, {}, "gradviz", "_GRADVIZ_COMPLETE").get_completions(list(before), incomplete)
    return [item.value for item in found if item.type == "plain"]


def test_the_names_are_those_of_the_tables():
    assert set(completion.TASKS) == set(TASKS)
    assert set(completion.CELLS) == set(LAYERS)
    assert set(completion.INITS) == set(INITIALISATIONS)
    assert set(completion.PLOTS) == set(PLOTS)
    assert set(completion.ANIMATED) == set(ANIMATED)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("swe",), ["sweep"]),
        (("new", "addi"), ["adding", "adding_1997"]),
        (("new", "adding", "--cell", "rn"), ["rnn", "rnn_relu"]),
        (("figure", "gate_"), [name for name in FIGURES if name.startswith("gate_")]),
        (("lecture", "--only", "char"), ["char_model"]),
        (("run", "-s", "model.cell=l"), ["model.cell=lstm"]),
        (("sweep", "-s", "model.init=u"), ["model.init=unit_gate"]),
        (("run", "-s", "task.name=dy"), ["task.name=dyck"]),
        (("plot", "runs/a", "gradient_p"), ["gradient_paths"]),
        (("plot", "grad"), []),  # the run comes first
        (("animate", "runs/a", "sat"), ["saturation_heatmap"]),
        (("list", "in"), ["inits"]),
    ],
)
def test_what_is_offered(words, expected):
    assert offered(*words) == expected


def test_experiments_of_this_folder_by_path_or_name_else_shipped_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert offered("run", "add") == ["adding"]
    assert offered("sweep", "char") == ["char", "char_corpus"]
    (tmp_path / "experiments").mkdir()
    for name in ("adding", "char"):
        (tmp_path / "experiments" / f"{name}.toml").touch()
    assert offered("run", "") == ["experiments/adding.toml", "experiments/char.toml"]
    assert offered("sweep", "add") == offered("run", "experiments/a") == ["experiments/adding.toml"]
    assert offered("run", "mine") == []


def test_papers_of_this_folder_else_shipped_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert offered("reproduce", "le2") == ["le2015"]
    (tmp_path / "experiments" / "papers").mkdir(parents=True)
    for name in ("mine1994", "other1997"):
        (tmp_path / "experiments" / "papers" / f"{name}.toml").touch()
    assert offered("reproduce", "m") == ["mine1994"]
    assert offered("reproduce", "mine1994", "") == ["mine1994", "other1997"]


def test_it_loads_nothing_heavy():
    heavy = ["torch", "numpy", "matplotlib", "xarray", "pydantic"]
    code = (
        "import sys\nsys.argv[0] = 'gradviz'\nfrom gradviz.cli.start import start\n"
        "try: start()\n"
        f"finally: print([name for name in {heavy!r} if name in sys.modules])"
    )
    told = {"_GRADVIZ_COMPLETE": "bash_complete", "COMP_WORDS": "gradviz new par", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ, **told}
    )
    assert done.stdout == "plain,parity\n[]\n"
