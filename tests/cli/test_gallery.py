"""``gradviz gallery``, with the figures that need no training."""

import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.gallery import figure_table
from gradviz.gallery.claim import ClaimRefused

QUICK = ("scalar_gradient", "bifurcation")


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    for name in set(figure_table.FIGURES).difference(QUICK):
        monkeypatch.delitem(figure_table.FIGURES, name)

    def invoke(*options):
        arguments = ["gallery", "--style", "notebook", "--cache", str(tmp_path), "-o", str(tmp_path / "out")]
        return CliRunner().invoke(cli, [*arguments, *options], standalone_mode=False, catch_exceptions=False)

    return invoke


def refuse(*_):
    raise ClaimRefused("scalar_gradient: the data fit no outcome of the claim 'title'")


def test_a_figure_without_words_for_its_data_is_left_out(invoke, tmp_path, monkeypatch):
    monkeypatch.setattr("gradviz.gallery.figures.scalar_gradient.caption", refuse)
    done = invoke()
    assert done.return_value == 1
    assert "gradviz: left out: scalar_gradient: the data fit no outcome" in done.stderr
    assert not (tmp_path / "out" / "scalar_gradient.png").exists()
    assert (tmp_path / "out" / "bifurcation.png").exists()
    assert "scalar_gradient" not in (tmp_path / "out" / "README.md").read_text()


def test_the_claims_alone(invoke, tmp_path):
    done = invoke("--check")
    assert done.return_value == 0
    assert [line for line in done.stdout.splitlines() if not line.startswith(" ")] == list(QUICK)
    assert "  title: " in done.stdout
    assert not (tmp_path / "out").exists()


def test_it_writes_all_and_the_page(tmp_path, invoke):
    done = invoke()
    names = [*(f"{name}.png" for name in QUICK), "README.md"]
    assert done.stdout.splitlines() == [str(tmp_path / "out" / name) for name in names]
    page = (tmp_path / "out" / "README.md").read_text()
    assert page.index("(scalar_gradient.png)") < page.index("(bifurcation.png)")
