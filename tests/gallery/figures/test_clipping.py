"""Runs that differ only in clipping, and which of them solve the task."""

import numpy as np
import pytest
from gallery.planted_accuracy import planted
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import clipping as figure

SETTINGS = figure.Settings()


def runs(*, plain, clipped, of=20):
    """Recordings of which so many have solved the task."""
    return {
        f"{way}/{seed}": planted([0.3] * (seed + 1) + [1.0 if seed < solved else 0.3])
        for way, solved in (("plain", plain), ("clipped", clipped))
        for seed in range(of)
    }


def test_the_runs_of_a_seed_differ_only_in_clipping():
    experiments = figure.order_experiments(SETTINGS)
    assert len(experiments) == 40
    for seed in (0, 19):
        plain, clipped = (experiments[f"{way}/{seed}"].table() for way in ("plain", "clipped"))
        assert clipped["training"].pop("clip_norm") == 1.0
        clipped["name"] = plain["name"]
        assert plain == clipped
        assert plain["seed"] == seed


def test_every_setting_acts():
    settings = figure.Settings(length=12, hidden_size=7, steps=33, seeds=2, learning_rate=0.5, clip_norm=2.0)
    experiments = figure.order_experiments(settings)
    assert list(experiments) == ["plain/0", "plain/1", "clipped/0", "clipped/1"]
    run = experiments["clipped/1"]
    assert (run.task.options["length"], run.model.hidden_size) == (12, 7)
    assert (run.training.steps, run.training.learning_rate, run.training.clip_norm) == (33, 0.5, 2.0)


@pytest.mark.parametrize(
    ("plain", "clipped", "outcome"),
    [
        (0, 20, "helps"),
        (3, 9, "no_difference"),  # six more, which happens by chance in 8 % of all cases
        (0, 6, "helps"),
        (0, 5, "no_difference"),  # beyond chance, but fewer than six more
        (10, 10, "no_difference"),
        (14, 3, "hurts"),
    ],
)
def test_the_data_decide_the_title(plain, clipped, outcome):
    data = runs(plain=plain, clipped=clipped)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert f"{clipped}" in title.sentence
    assert f"{plain}" in title.sentence
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert figure.caption(data, SETTINGS).claim == title.sentence
    assert f"{plain} of 20 full on the left" in figure.notes(data, SETTINGS).point


def test_without_numbers_nothing_is_said():
    data = {**runs(plain=0, clipped=20), "plain/3": planted([0.3, np.nan])}
    with pytest.raises(ClaimRefused, match=r"clipping: .* plain = nan"):
        figure.claims(data, SETTINGS)


def test_the_typical_run_is_drawn(small):
    assert figure.shown_seed(runs(plain=0, clipped=5)) == 2  # they were solved after 2, 3, ..., 6 steps
    assert figure.shown_seed(runs(plain=3, clipped=0)) == 0
    data, settings = small("clipping"), small_settings("clipping")
    axes = figure.compose(data, settings).axes
    seed = figure.shown_seed(data)
    for ax, way in zip(axes, ("plain", "clipped"), strict=False):
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), data[f"{way}/{seed}"]["grad_norm"].values)
    assert "cut down to 1" in [text.get_text() for text in axes[1].texts]


def test_a_dot_for_each_run():
    axes = figure.compose(runs(plain=1, clipped=5), SETTINGS).axes
    for ax, solved in ((axes[4], 1), (axes[5], 5)):
        assert len(ax.lines) == 20
        full = [line for line in ax.lines if line.get_markerfacecolor() != "none"]
        assert [line.get_xdata()[0] for line in full] == [seed + 2 for seed in range(solved)]
        assert ax.get_title() == f"● solved: {solved}   ○ not solved: {20 - solved}"


@pytest.mark.parametrize(
    ("solved", "when"),
    [(0, "at no training step"), (1, "at training step 2"), (3, "between training steps 2 and 4")],
)
def test_when_the_task_was_solved(solved, when):
    measured = figure.caption(runs(plain=0, clipped=solved), SETTINGS).measured
    assert f"with clipping, {when};" in measured


@pytest.mark.parametrize(
    ("norm", "said"),
    [(0.165, "no norm reaches 1, so that clipping shortens no step"), (2.0, "and shortens the step")],
)
def test_only_a_step_that_is_too_long_is_shortened(norm, said):
    data = runs(plain=0, clipped=20)
    for tree in data.values():
        tree["grad_norm"].values[...] = norm
    notes = figure.notes(data, SETTINGS)
    assert said in notes.answer
    assert f"a norm of {norm:g}" in notes.point
    assert f"Learning rate times norm: {0.3 * norm:.2g} without" in notes.answer


def test_one_that_learns_is_written_in_the_singular():
    title = figure.claims(runs(plain=20, clipped=1), SETTINGS)[0]
    assert title.sentence == "Clipping hurts: 1 of 20 RNNs learns temporal order, 20 without"


@pytest.mark.slow
def test_clipping_helps_at_full_size(full):
    data = full("clipping")
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == "helps"
    assert title.numbers["clipped"] >= 14
    assert title.numbers["plain"] <= 4
