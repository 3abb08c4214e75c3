"""``gradviz plot``: one plot of a recording."""

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

import gradviz as gv
from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.run import run as train
from gradviz.plots.drawing import write_figure
from gradviz.plots.drawing.baseline import TRIVIAL
from gradviz.plots.drawing.colour_limits import BadLimits
from gradviz.plots.drawing.text_characters import TextDoesNotFit
from gradviz.plots.plot_table import NoSuchOption
from gradviz.recording.save import save
from gradviz.tasks.text_sources import SENTENCE


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "recording.nc"
    return str(save(gv.probe(gv.SequenceModel("gru", 2, 4, 1)), path))


def invoke(*arguments):
    return CliRunner().invoke(cli, ["plot", *arguments], catch_exceptions=True)


def test_it_writes_a_picture_and_says_where(run, tmp_path):
    out = tmp_path / "a" / "folder" / "gates.png"
    done = invoke(run, "gate_heatmap", "--gate", "reset", "--style", "paper", "--dark", "-o", str(out))
    assert (done.exit_code, done.stdout.strip()) == (0, str(out))
    with Image.open(out) as picture:
        assert picture.convert("RGB").getpixel((2, 2)) == (0x14, 0x12, 0x1F)


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_the_name_says_the_format(run, tmp_path, suffix):
    out = tmp_path / f"norms.{suffix}"
    assert invoke(run, "gradient_norms", "-o", str(out)).exit_code == 0
    assert out.read_bytes()[:5] in (b"<?xml", b"%PDF-")


def test_what_it_does_not_know(run, tmp_path):
    assert isinstance(invoke(run, "gate_heatmp").exception, UnknownName)
    assert isinstance(invoke(run, "learning_curve", "--gate", "reset").exception, NoSuchOption)
    assert isinstance(invoke(str(tmp_path / "nothing"), "gate_heatmap").exception, FileNotFoundError)
    assert isinstance(invoke(run, "text", "--text", "abc").exception, TextDoesNotFit)


@pytest.mark.parametrize("name", ["x.jpg", "x"])
def test_only_formats_that_every_plot_is_made_for(run, tmp_path, name):
    wrong = invoke(run, "gradient_norms", "-o", str(tmp_path / name))
    assert wrong.exit_code == 2
    assert f"{name}: the file must end in .png, .svg or .pdf" in wrong.stderr
    assert not list(tmp_path.iterdir())


def test_one_call_of_a_module_that_runs_twice(tmp_path):
    gru, x = torch.nn.GRU(2, 3), torch.ones(4, 1, 2)
    with gv.record(gru) as tape:
        (gru(x)[0].sum() + gru(x[:2])[0].sum()).backward()
    path = str(save(tape.tree, tmp_path / "twice.nc"))
    assert invoke(path, "gradient_norms", "-o", str(tmp_path / "both.svg")).exit_code == 0
    out = tmp_path / "second.svg"
    assert invoke(path, "gradient_norms", "--call", "1", "-o", str(out)).exit_code == 0
    assert out.read_text() != (tmp_path / "both.svg").read_text()
    assert (
        str(invoke(path, "gradient_norms", "--call", "2").exception) == "recording has no call 2; it has 0, 1"
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Folders of a run of the adding task, of another cell, and of a character model."""
    found, here = {}, tmp_path_factory.mktemp("runs")
    for name, cell, task in (
        ("first", "lstm", {"name": "adding", "length": 5}),
        ("second", "gru", {"name": "adding", "length": 5}),
        ("char", "lstm", {"name": "text"}),
    ):
        model, training = {"cell": cell, "hidden_size": 4}, {"steps": 3, "batch_size": 4}
        experiment = resolve({"name": name, "task": task, "model": model, "training": training})
        found[name] = str(here / f"{name}-0123abcd")
        train(experiment, here / f"{name}-0123abcd")
    return found


def drawn(monkeypatch, *arguments):
    """The Axes that the command draws."""
    figures = []
    monkeypatch.setattr(write_figure, "write_figure", lambda figure, _: figures.append(figure))
    done = invoke(*arguments)
    assert done.exit_code == 0, done.output
    return figures[0].axes[0]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_several_runs_in_one_plot(runs, monkeypatch):
    for kind in ("learning_curve", "gradient_norms"):
        ax = drawn(monkeypatch, runs["first"], runs["second"], kind)
        assert texts(ax)[-2:] == ["first", "second"]
    assert invoke(runs["first"], runs["second"], "gate_saturation").exit_code == 2
    wrong = invoke(runs["first"], runs["second"], "gradient_heatmap")
    assert "gradient_heatmap shows one run, and 2 are given" in wrong.output


def test_a_run_given_twice_is_refused(runs):
    first, second = runs["first"], runs["second"]
    assert f"{first} is given twice; give each run once" in invoke(first, first, "learning_curve").output
    inside = f"{first}/recording.nc"
    assert f"{first} and {inside} are the same run" in invoke(first, second, inside, "learning_curve").output


def test_the_recorded_trivial_predictor_is_drawn(runs, run, monkeypatch):
    ax = drawn(monkeypatch, runs["first"], "learning_curve")
    assert texts(ax) == ["always predict 1"]
    assert [line.get_ydata()[0] for line in ax.lines if line.get_gid() == TRIVIAL] == pytest.approx([1 / 6])
    assert texts(drawn(monkeypatch, runs["first"], runs["second"], "learning_curve"))[0] == "always predict 1"
    assert "always predict 1" not in texts(drawn(monkeypatch, runs["first"], runs["char"], "learning_curve"))
    assert texts(drawn(monkeypatch, run, "gradient_norms")) == ["GRU"]


def test_the_text_of_a_character_run_or_ones_own(runs, monkeypatch):
    ax = drawn(monkeypatch, runs["char"], "text", "--unit", "1")
    assert "".join(texts(ax)) == SENTENCE
    assert ax.get_title("left") == "hidden state, unit 1"
    assert "".join(texts(drawn(monkeypatch, runs["char"], "text", "--text", "hello"))) == "hello"
    assert isinstance(invoke(runs["first"], "text").exception, NoSuchOption)


def test_gates_over_ones_own_text_with_letters_order_and_title(runs, monkeypatch):
    options = ("--text", "hello", "--order", "time_constant", "--title", "Mine")
    ax = drawn(monkeypatch, runs["char"], "gate_heatmap", *options)
    assert [label.get_text() for label in ax.get_xticklabels()] == list("hello")
    assert (ax.get_title("left"), ax.get_ylabel()) == ("Mine", "hidden unit, by time constant")
    whole = drawn(monkeypatch, runs["char"], "gate_heatmap")
    assert whole.images[0].get_array().shape == (4, len(SENTENCE))
    assert whole.get_title("left") == "forget gate"
    assert "--order is for" in invoke(runs["char"], "gradient_norms", "--order", "time_constant").output


def test_letters_of_a_recorded_text(run, monkeypatch):
    text = "abcdefghij" * 10
    ax = drawn(monkeypatch, run, "gate_heatmap", "--text", text[: gv.load(run)["recurrent"].sizes["time"]])
    assert ax.get_xticklabels()[0].get_text() == "a"
    assert isinstance(invoke(run, "gate_heatmap", "--text", "abc").exception, TextDoesNotFit)


def test_limits_of_the_colour_scale(run, monkeypatch):
    ax = drawn(monkeypatch, run, "gradient_heatmap", "--limits", "-9", "-1")
    assert ax.images[0].get_clim() == (-9, -1)
    assert isinstance(invoke(run, "gradient_heatmap", "--limits", "-1", "-9").exception, BadLimits)
    assert isinstance(invoke(run, "gradient_norms", "--limits", "-9", "-1").exception, NoSuchOption)
