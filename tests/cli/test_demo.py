"""``gradviz demo``, on networks small enough for a test."""

import re
import runpy

import pytest
from cli.test_report import names_on
from click.testing import CliRunner
from legible import text_boxes

import gradviz as gv
from gradviz.cli import demo as command
from gradviz.cli.main import cli
from gradviz.experiment import demo_runs
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.plots.drawing import write_figure

pytestmark = pytest.mark.slow  # .ci/run runs them


def smaller(experiment: Experiment, steps: int) -> Experiment:
    table = experiment.table()
    table["model"]["hidden_size"] = 8
    table["training"]["steps"] = steps
    return resolve(table)


@pytest.fixture
def small(monkeypatch):
    adding = {label: smaller(e, 30) for label, e in demo_runs.adding_experiments().items()}
    characters = smaller(demo_runs.character_experiment(), 12)
    monkeypatch.setattr(demo_runs, "adding_experiments", lambda: adding)
    monkeypatch.setattr(demo_runs, "character_experiment", lambda: characters)


def test_importing_the_runs_resolves_nothing(monkeypatch):
    monkeypatch.setattr("gradviz.experiment.config.resolve.resolve", pytest.fail)
    assert "adding_experiments" in runpy.run_path(demo_runs.__file__)


@pytest.mark.usefixtures("small")
def test_it_writes_runs_and_figures_and_prints_a_table(tmp_path, monkeypatch):
    result = CliRunner().invoke(cli, ["demo", "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert result.exit_code == 0
    runs = sorted(path for path in (tmp_path / "out").iterdir() if path.name not in ("figures", "page.html"))
    names = [path.name.rpartition("-")[0] for path in runs]
    assert names == ["char", "gru", "lstm", "lstm-forget-bias", "rnn"]
    for path in runs:
        assert (path / "result.json").exists()
        assert gv.load(path)["recurrent"].sizes["step"] > 2
    lines = result.stdout.splitlines()
    table = [line for line in lines if line.startswith(("RNN", "LSTM", "GRU", "trivial"))]
    assert len(table) == 5
    assert "0.1667" in table[-1]
    assert "always predict 1" in table[-1]
    figures = [line for line in lines if line.endswith(".png")]
    assert len(figures) == 4
    for path in figures:
        with open(path, "rb") as file:
            assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    assert "continues 'hello pyto' with:" in result.stdout
    page = tmp_path / "out" / "page.html"
    assert lines[-1] == str(page)
    assert names_on(page) == [*demo_runs.adding_experiments(), "characters"]

    drawn = []
    monkeypatch.setattr(write_figure, "write_figure", lambda figure, _: drawn.append(figure))
    german = ["demo", "-o", str(tmp_path / "out"), "--language", "de"]
    with monkeypatch.context() as patch:
        patch.setattr(command, "_write_page", lambda *_: None)  # it has no language
        assert CliRunner().invoke(cli, german, catch_exceptions=False).exit_code == 0
    for figure in drawn:
        figure.draw_without_rendering()
    texts = {line for figure in drawn for text, _ in text_boxes(figure) for line in text.split("\n")}
    assert {"Trainingsschritt", "Verlust"} <= texts
    assert not [line for line in texts if re.search(r"\d\.\d|\b(the|of|step|gate|loss)\b", line)]

    page.unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(command, "_draw", lambda *_: figures)  # the same recordings give the same pictures
    before = [(path / "metrics.csv").stat().st_mtime_ns for path in runs]
    again = CliRunner().invoke(cli, ["demo", "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert again.stdout.splitlines() == lines[:-1]
    assert "interactive pages need bokeh: pip install 'gradviz[html]'" in again.stderr
    assert not page.exists()
    assert [(path / "metrics.csv").stat().st_mtime_ns for path in runs] == before
