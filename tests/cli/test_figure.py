"""``gradviz figure``."""

import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.errors import UnknownName


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
