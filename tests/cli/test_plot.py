"""``gradviz plot``: one plot of a recording."""

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

import gradviz as gv
from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.plots.drawing.text_characters import TextDoesNotFit
from gradviz.plots.plot_table import NoSuchOption
from gradviz.recording.save import save


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
