"""When gradients cross, when losses fall, and what is said of it."""

import numpy as np
import pytest
from gallery.planted_training import planted
from gallery.small import small_settings
from matplotlib.colors import to_hex

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import training_heatmap as figure
from gradviz.plots.drawing.palette import AMBER

SETTINGS = figure.Settings()
NEVER = np.inf


def run(crossed, learned, cell="lstm"):
    """A recording whose gradient crosses and whose loss falls at given training steps."""
    lost = np.where(np.arange(0, 400, 10) >= crossed, 1.0, 9.0)
    losses = np.where(np.arange(400) >= learned, 0.1, 1.0)
    return planted(lost, losses, cell=cell)


def runs(*steps):
    """Recordings of five seeds of each cell; those that are not given neither cross nor learn."""
    steps = [*steps, *[(NEVER, NEVER)] * (15 - len(steps))]
    keys = [f"{cell}/{seed}" for cell in ("rnn", "lstm", "gru") for seed in range(5)]
    cells = [key.partition("/")[0] for key in keys]
    return {key: run(*step, cell=cell) for key, step, cell in zip(keys, steps, cells, strict=True)}


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([(100, 200)] * 3, "crosses_first"),
        ([(220, 200)] * 3, "crosses_first"),  # not known more closely
        ([(100, 200)] * 9 + [(NEVER, 200)], "crosses_first"),
        ([(100, 200)] * 8 + [(300, 200)], "before"),
        ([(230, 200)] * 3, "before"),
        ([(NEVER, 200)] * 3, "before"),
        ([(0, 200)] * 4 + [(100, 200)] * 3, "at_once"),
        ([(100, 200)] * 2, "too_few"),
        ([(100, NEVER)] * 15, "too_few"),
    ],
)
def test_the_data_decide_the_title(steps, outcome):
    data = runs(*steps)
    title, enough = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    caption = figure.caption(data, SETTINGS)
    assert caption.claim == title.sentence
    assert enough.sentence in caption.measured
    answer = figure.notes(data, SETTINGS).answer
    assert enough.sentence in answer
    assert ("from the start" in answer) == (outcome == "at_once")


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([(100, 200)] * 3, "enough"),
        ([(100, 200)] * 3 + [(100, NEVER)], "not_enough"),
        ([(NEVER, 200)], "none_crosses"),
        ([(NEVER, 200)] * 3, "none_crosses"),
        ([(NEVER, 200)] * 3 + [(0, 200)], "enough"),
        ([], "not_told"),
    ],
)
def test_whether_crossing_is_enough(steps, outcome):
    data = runs(*steps)
    assert figure.claims(data, SETTINGS)[1].outcome == outcome
    said = figure.caption(data, SETTINGS).measured
    assert ("Every run whose gradient crosses" in said) == (outcome == "enough")


@pytest.mark.parametrize("what", ["gradient", "loss"])
def test_without_numbers_nothing_is_said(what):
    lost = [9, np.nan if what == "gradient" else 9, 1]
    losses = [1, np.nan if what == "loss" else 1, 1]
    data = {**runs(*[(100, 200)] * 3), "gru/4": planted(lost, losses, cell="gru")}
    with pytest.raises(ClaimRefused, match=r"training_heatmap: .* learned = nan"):
        figure.claims(data, SETTINGS)


def test_the_caption_counts_by_cell():
    data = runs(*[(NEVER, NEVER)] * 5, (100, 200), (150, 250))
    assert (
        "RNN (tanh): the gradient crosses in 0 of 5 runs, the loss leaves the trivial predictor in 0; "
        "LSTM: the gradient crosses in 2 of 5 runs (training steps 100 to 150), "
        "the loss leaves the trivial predictor in 2 (training steps 200 to 250); "
    ) in figure.caption(data, SETTINGS).measured


@pytest.mark.parametrize(
    ("steps", "point", "answer"),
    [
        ([(100, 200)] * 15, "a dashed line", "That gradient"),
        ([(NEVER, NEVER)] * 15, "the dark part", "That gradient"),
        ([(NEVER, NEVER), *[(100, 200)] * 4] * 3, "the dark part", "That gradient"),  # not seed 0
        ([(0, NEVER)] * 15, "a dashed line", "Here it does not have to wait"),
        ([(0, 200)] * 15, "a dashed line", "Here it does not have to wait"),
    ],
)
def test_the_notes_point_at_what_is_there(steps, point, answer):
    notes = figure.notes(runs(*steps), SETTINGS)
    assert point in notes.point
    assert notes.answer.startswith(answer)


def test_without_a_run_that_learns_none_is_counted():
    assert "of the" not in figure.caption(runs((100, NEVER)), SETTINGS).measured
    assert (
        "In 3 of the 3 runs that begin to learn" in figure.caption(runs(*[(100, 200)] * 3), SETTINGS).measured
    )


def test_lines_and_dots_are_where_the_gradients_cross():
    data = runs(*[(NEVER, NEVER)] * 5, (100, 200), (150, 250))
    axes = figure.compose(data, SETTINGS).axes
    lines = [{float(line.get_xdata()[0]) for line in ax.lines} for ax in axes[:3]]
    assert lines == [set(), {100.0}, set()]
    dots = [[line.get_xdata() for line in ax.lines if line.get_marker() == "o"] for ax in axes[3:6]]
    assert dots == [[], [[100.0], [150.0]], []]


def test_a_gradient_that_crosses_in_vain_is_an_empty_dot():
    data = runs((100, 200), (150, 250), (200, 300), (120, NEVER))
    axes = figure.compose(data, SETTINGS).axes[3:6]
    dots = [line for ax in axes for line in ax.lines if line.get_marker() == "o"]
    empty = [dot.get_xdata()[0] for dot in dots if dot.get_markerfacecolor() != dot.get_color()]
    assert (len(dots), empty) == (4, [120.0])


def test_amber_marks_both_numbers(small):
    settings = small_settings("training_heatmap")
    for ax in figure.compose(small("training_heatmap"), settings).axes[:3]:
        bars = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == AMBER]
        assert [(bar.get_y(), bar.get_height()) for bar in bars] == [(-0.5, 5), (4.5, 5)]


def test_the_numbers_are_the_mesh(small):
    data, settings = small("training_heatmap"), small_settings("training_heatmap")
    numbers = figure.numbers(data, settings)
    panel = figure.compose(data, settings).axes[0].images[0].get_array()
    first = numbers[numbers["network"] == "RNN (tanh)"].dropna(subset=["time"])
    first = first.pivot(index="time", columns="step", values="log10_grad_h")
    kept = ~np.ma.getmaskarray(panel)
    np.testing.assert_allclose(np.asarray(panel)[kept], first.to_numpy()[kept], rtol=1e-6)
    assert numbers["time"].isna().sum() == 3 * settings.seeds


@pytest.mark.slow
def test_nothing_is_learned_before_at_full_size(full):
    title, _ = figure.claims(full("training_heatmap"), SETTINGS)
    assert title.outcome == "crosses_first"
    assert title.numbers["learned"] >= 7
