"""``gradviz gallery``, with the figures that need no training."""

from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.gallery import figure_table

QUICK = ("scalar_gradient", "bifurcation")


def test_it_writes_all_and_the_page(tmp_path, monkeypatch):
    for name in set(figure_table.FIGURES).difference(QUICK):
        monkeypatch.delitem(figure_table.FIGURES, name)
    arguments = ["gallery", "--style", "notebook", "--cache", str(tmp_path), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)
    names = [*(f"{name}.png" for name in QUICK), "README.md"]
    assert done.stdout.splitlines() == [str(tmp_path / "out" / name) for name in names]
    page = (tmp_path / "out" / "README.md").read_text()
    assert page.index("(scalar_gradient.png)") < page.index("(bifurcation.png)")
