"""The figures in a run's folder."""

from click.testing import CliRunner
from PIL import Image

from gradviz.cli.main import cli

EXPERIMENT = """
name = "tiny"
[task]
name = "adding"
length = 6
[model]
cell = "gru"
hidden_size = 4
[training]
steps = 6
[recording]
every = 2
"""


def test_a_run_draws_its_gradient_and_its_loss_once(tmp_path):
    file = tmp_path / "tiny.toml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    arguments = ["run", str(file), "--runs", str(tmp_path / "runs")]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    figures = sorted((tmp_path / "runs").glob("tiny-*/figures/*"))
    assert [path.name for path in figures] == ["gradient_heatmap.png", "learning_curve.png"]
    for path in figures:
        with Image.open(path) as picture:
            assert len(set(picture.convert("L").tobytes())) > 10
    drawn = [path.stat().st_mtime_ns for path in figures]
    assert CliRunner().invoke(cli, arguments).exit_code == 0
    assert [path.stat().st_mtime_ns for path in figures] == drawn
