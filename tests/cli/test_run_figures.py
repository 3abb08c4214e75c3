"""The figures in a run's folder."""

from click.testing import CliRunner
from PIL import Image

from gradviz.cli import run_figures
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


TWO_MODULES = """
from torch import nn

class Two(nn.Module):
    def __init__(self, task):
        super().__init__()
        self.first = nn.LSTM(task.input_size, 3, batch_first=True)
        self.second = nn.GRU(3, 3, batch_first=True)
        self.head = nn.Linear(3, task.output_size)

    def forward(self, x):
        return self.head(self.second(self.first(x)[0])[0][:, -1])
"""


def test_a_model_with_two_recurrent_modules_has_a_panel_for_each(tmp_path, monkeypatch):
    (tmp_path / "two.py").write_text(TWO_MODULES, encoding="utf-8")
    file = tmp_path / "two.toml"
    own = EXPERIMENT.replace('[model]\ncell = "gru"\nhidden_size = 4\n', "")
    file.write_text(f'model = "two.py:Two"\n{own}', encoding="utf-8")
    drawn = []
    monkeypatch.setattr(run_figures, "write_figure", lambda figure, path: drawn.append(figure))
    done = CliRunner().invoke(cli, ["run", str(file), "--runs", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    assert "could not be drawn" not in done.stderr
    first, second = (ax for ax in drawn[0].axes if ax.get_title(loc="left"))
    assert [ax.get_title(loc="left") for ax in (first, second)] == ["first", "second"]
    meshes = [ax.images or ax.collections for ax in (first, second)]
    assert meshes[0][0].get_clim() == meshes[1][0].get_clim()
