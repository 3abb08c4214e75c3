"""``gradviz plot``: one plot of a recording."""

import pytest
from click.testing import CliRunner
from PIL import Image

import gradviz as gv
from gradviz.cli.main import cli
from gradviz.errors import UnknownName
from gradviz.plots.table import NoSuchOption
from gradviz.recording.save import save


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "recording.nc"
    return str(save(gv.probe(gv.SequenceModel("gru", 2, 4, 1)), path))


def invoke(*arguments):
    return CliRunner().invoke(cli, ["plot", *arguments], catch_exceptions=True)


def test_it_writes_a_picture_and_says_where(run, tmp_path):
    out = tmp_path / "gates.png"
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
    wrong = invoke(run, "gradient_norms", "-o", str(tmp_path / "x.doc"))
    assert wrong.exit_code == 2
    assert "cannot write" in wrong.stderr
    assert "png" in wrong.stderr
