"""``gradviz animate``: a plot over training."""

from click.testing import CliRunner
from PIL import Image

import gradviz as gv
from gradviz.cli.main import cli
from gradviz.plots.animation import CannotAnimate


def test_a_film_of_a_training(tmp_path):
    model, task = gv.SequenceModel("gru", 2, 4, 1), gv.tasks.adding(length=6)
    from gradviz.training.loop import Training
    from gradviz.training.optimisation import Optimisation

    training = Training(model, task, Optimisation(steps=4))
    with gv.record(model, path=tmp_path / "run") as tape:
        for step in training:
            tape.step(step.loss)
    out = tmp_path / "folder" / "x.gif"
    arguments = ["animate", str(tmp_path / "run"), "gradient_norms", "-o", str(out), "--style", "paper"]
    done = CliRunner().invoke(cli, [*arguments, "--frames", "3"])
    assert (done.exit_code, done.stdout.strip()) == (0, str(out))
    with Image.open(out) as film:
        assert film.n_frames == 3
    wrong = CliRunner().invoke(cli, ["animate", str(tmp_path / "run"), "gradient_norms", "-o", "x.txt"])
    assert isinstance(wrong.exception, CannotAnimate)
