"""Animations: a frame for every step, fixed limits, errors, and no incomplete file."""

import numpy as np
import pytest
from PIL import Image

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots import animation
from gradviz.plots.animation import ANIMATED, CannotAnimate, animate
from gradviz.plots.drawing.style import use_style
from gradviz.vocabulary import LOG10_GRAD_H


@pytest.fixture
def training(recording):
    return recording(full=True)


@pytest.fixture(autouse=True)
def _small():
    with use_style("paper"):
        yield


@pytest.mark.parametrize("kind", ANIMATED)
def test_a_frame_for_every_step(training, tmp_path, kind):
    done = []
    path = animate(training, kind, tmp_path / "x.gif", seconds=2.0, on_frame=lambda: done.append(1))
    steps = training["recurrent"].sizes["step"]
    with Image.open(path) as film:
        assert film.n_frames == len(done) == steps
        assert film.info["duration"] == pytest.approx(1000 / round(steps / 2), rel=0.1)
    assert [p.name for p in tmp_path.iterdir()] == ["x.gif"]


def test_fewer_frames_keep_the_first_and_the_last():
    assert animation._chosen(np.arange(0, 500, 5), 3) == [0, 250, 495]


def test_limits_contain_every_frame(training):
    steps = training["recurrent"]["step"].values.tolist()
    with animation._animation("gradient_norms", training, None, steps) as (figure, frames):
        drawn = []
        for _ in frames:
            (ax,) = [ax for ax in figure.axes if ax.get_visible()]
            drawn.append((ax.get_ylim(), ax.get_position().bounds, ax.get_title(loc="left")))
    assert len({limits for limits, _, _ in drawn}) == len({place for _, place, _ in drawn}) == 1
    norms = training["recurrent"][LOG10_GRAD_H].median("sample")
    low, high = drawn[0][0]  # decades
    assert low <= float(norms.min())
    assert high >= float(norms.max())
    assert [title for _, _, title in drawn] == [f"training step {step}" for step in steps]


def test_a_heatmap_is_uncovered_up_to_its_step(training):
    steps = training["recurrent"]["step"].values.tolist()
    with animation._animation("gradient_heatmap", training, None, steps) as (figure, frames):
        covered = []
        for _ in frames:
            cover = figure.axes[0].patches[-1]
            covered.append((cover.get_x(), cover.get_x() + cover.get_width()))
    end = covered[0][1]
    assert [start for start, _ in covered] == [*map(float, steps[:-1]), end]
    assert all(stop == pytest.approx(end) for _, stop in covered)


def test_errors(training, tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'gradient_norms'"):
        animate(training, "gradient_norm", tmp_path / "x.gif")
    with pytest.raises(CannotAnimate, match=r"cannot write .*x\.avi: an animation is \.gif or \.mp4"):
        animate(training, "gradient_norms", tmp_path / "x.avi")
    with pytest.raises(
        CannotAnimate, match=r"needs at least two recorded training steps and two frames; got 1 recorded"
    ):
        animate(training["recurrent"].to_dataset().isel(step=[0]), "gradient_norms", tmp_path / "x.gif")
    lacking = training["recurrent"].to_dataset().drop_vars("gate_left")
    with pytest.raises(BadRecording, match="gate_left"):
        animate(lacking, "saturation_heatmap", tmp_path / "x.gif")
    assert not list(tmp_path.iterdir())


def test_an_animation_that_fails_leaves_no_file(training, tmp_path):
    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        animate(training, "gradient_norms", tmp_path / "x.gif", on_frame=fail)
    assert not list(tmp_path.iterdir())


def test_without_the_extra_an_mp4_says_what_to_install(training, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(CannotAnimate, match=r"extra video: pip install gradviz\[video\]"):
        animate(training, "gradient_norms", tmp_path / "x.mp4")
