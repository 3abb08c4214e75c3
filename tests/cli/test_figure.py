"""``gradviz figure``."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from gradviz.cli.main import cli
from gradviz.errors import GradvizError, UnknownName
from gradviz.plots.drawing.headline import TitleDoesNotFit


def invoke(*arguments):
    return CliRunner().invoke(cli, ["figure", *arguments], standalone_mode=False, catch_exceptions=False)


def test_it_writes_every_format_and_prints_the_paths(tmp_path):
    done = invoke(
        "bifurcation", "--style", "paper", "--format", "svg, pdf", "--data",
        "--cache", str(tmp_path / "cache"), "-o", str(tmp_path / "out"),
    )  # fmt: skip
    names = ["bifurcation.svg", "bifurcation.pdf", "bifurcation.csv"]
    assert done.stdout.splitlines() == [str(tmp_path / "out" / name) for name in names]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)


def test_an_unknown_name_does_nothing(tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'bifurcation'"):
        invoke("bifurcatoin", "-o", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_says_what_works():
    done = CliRunner().invoke(cli, ["figure", "bifurcation", "--format", "png,gif"])
    assert done.exit_code == 2
    assert "'png,gif': must be one or more of png, svg, pdf, separated by commas" in done.output


def test_settings_title_and_language(tmp_path):
    done = invoke(
        "scalar_gradient", "--set", "steps=20", "-s", "start=0.25", "--title", "Mine", "--language", "de",
        "--format", "svg", "--text-as-text", "--style", "paper", "--cache", str(tmp_path),
        "-o", str(tmp_path),
    )  # fmt: skip
    text = Path(done.stdout.strip()).read_text()
    assert ">Mine<" in text
    assert "in 20 Schritten, ab h = 0,25" in text
    assert " steps" not in text.partition("<defs>")[2]


def test_a_transparent_picture_has_no_background(tmp_path):
    arguments = ["bifurcation", "--style", "paper", "--cache", str(tmp_path), "-o", str(tmp_path)]
    opacities = []
    for option in ([], ["--transparent"]):
        with Image.open(invoke(*arguments, *option).stdout.strip()) as picture:
            opacities.append(picture.convert("RGBA").getpixel((0, 0))[3])
    assert opacities == [255, 0]


@pytest.mark.parametrize("change", ["lenght=5", "length=few", "length"])
def test_a_wrong_setting_does_nothing(tmp_path, change):
    with pytest.raises(GradvizError, match="length"):
        invoke("vanishing", "--set", change, "-o", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_title_that_does_not_fit_does_nothing(tmp_path):
    with pytest.raises(TitleDoesNotFit, match="two lines"):
        invoke("vanishing", "--title", 40 * "gradients ", "-o", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
