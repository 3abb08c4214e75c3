"""Only seeds are put together: a comparison with several points is a mistake that says what to add."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.check_comparisons import check_comparisons
from gradviz.experiment.sweep.compared_runs import PointCurves, counterparts, groups
from gradviz.experiment.sweep.grid import points

TASKS = [
    {"name": "copy_memory", "delay": 10, "symbols": 2},
    {"name": "copy_memory", "delay": 40, "symbols": 2},
    {"name": "adding", "length": 20},
]
CHRONO = {
    "seed": [0, 1],
    "task": TASKS,
    "model.init_options.chrono.t_max": [12, 42, 20],
    "zip": [["task", "model.init_options.chrono.t_max"]],
    "model.init": ["forget_bias", "chrono"],
}
OMEGA = {
    "seed": [0, 1],
    "task.length": [20, 40],
    "training.clip_norm": ["none", 1.0, 1.0],
    "training.omega": ["none", "none", 2.0],
    "zip": [["training.clip_norm", "training.omega"]],
}


@pytest.fixture
def read(tmp_path, small):
    """A function: the file of a sweep with one claim, and its points."""
    path = tmp_path / "small.toml"

    def make(sweep, claim, **changes):
        path.write_text(tomli_w.dumps({**small(expect=[claim], **changes), "sweep": sweep}))
        file = read_file(path)
        return file, points(file)

    return make


@pytest.fixture
def chrono(read):
    def make(where, other):
        claim = {"metric": "loss", "until_below": 0.1, "where": where, "faster_than": other}
        return read(CHRONO, claim, model__cell="lstm")

    return make


@pytest.fixture
def omega(read):
    def make(where, other, metric="loss"):
        claim = {"metric": metric, "where": where, "above_that_of": other}
        return read(OMEGA, claim, model__cell="rnn", task={"name": "temporal_order"})

    return make


def compared(found):
    """For each group, the points with which it is compared, without their seeds."""
    (claim,), runs = found[0].experiment.expect, [PointCurves(point, None) for point in found]
    return [
        (group.values, [one.point.values for one in counterparts(claim, group, runs)])
        for group in groups(claim, runs)
    ]


@pytest.mark.parametrize("other", [{}, {"task.name": "copy_memory"}, {"task": {"name": "copy_memory"}}])
def test_a_key_that_the_comparison_repeats_must_agree_in_the_rest(chrono, other):
    where = {"task.name": "copy_memory", "model.init": "chrono"}
    file, found = chrono(where, {"model.init": "forget_bias", **other})
    check_comparisons(file, found)
    pairs = compared(found)
    assert [group["task"]["delay"] for group, _ in pairs] == [10, 40]
    for group, others in pairs:
        assert [one["seed"] for one in others] == [0, 1]
        assert all(one["task"] == group["task"] for one in others)


def test_a_comparison_with_two_delays_at_once_is_refused(chrono):
    file, found = chrono(
        {"task.name": "adding", "model.init": "chrono"},
        {"task.name": "copy_memory", "model.init": "forget_bias"},
    )
    with pytest.raises(BadExperiment) as error:
        check_comparisons(file, found)
    (line,) = str(error.value).splitlines()
    assert "small.toml: expect[0].faster_than: compares the point at task={name = " in line
    assert line.endswith("where task.delay is 10 or 40; add task.delay to it")


def test_clipped_and_unclipped_runs_are_not_put_together(omega):
    file, found = omega({"training.omega": 2.0}, {"training.omega": "none"})
    with pytest.raises(BadExperiment) as error:
        check_comparisons(file, found)
    assert str(error.value).partition("small.toml: ")[2] == (
        "expect[0].above_that_of: compares the point at task.length=20, training.clip_norm=1.0, "
        "training.omega=2.0 with several points at once, where training.clip_norm is none or 1.0; "
        "add training.clip_norm to it"
    )


@pytest.mark.parametrize(
    ("where", "other", "clip"),
    [
        ({"training.omega": 2.0}, {"training.omega": "none", "training.clip_norm": 1.0}, 1.0),
        ({"training.omega": 2.0}, {"training.omega": "none", "training.clip_norm": "none"}, "none"),
        ({"training.omega": "none", "training.clip_norm": 1.0}, {"training.clip_norm": "none"}, "none"),
    ],
)
def test_with_the_key_added_it_is_one_point(omega, where, other, clip):
    file, found = omega(where, other)
    check_comparisons(file, found)
    for group, others in compared(found):
        assert [(one["task.length"], one["training.clip_norm"], one["seed"]) for one in others] == [
            (group["task.length"], clip, seed) for seed in (0, 1)
        ]


def test_points_that_are_the_same_experiment_are_one_run(read):
    """The option of chrono does not matter for forget_bias: two points of one zip are the same runs."""
    sweep = {
        "seed": [0, 1, 2],
        "model.init": ["forget_bias", "forget_bias", "chrono"],
        "model.init_options.chrono.t_max": [5, 6, 5],
        "zip": [["model.init", "model.init_options.chrono.t_max"]],
    }
    claim = {
        "metric": "loss",
        "where": {"model.init": "chrono"},
        "below_that_of": {"model.init": "forget_bias"},
    }
    file, found = read(sweep, claim, model__cell="lstm")
    check_comparisons(file, found)
    assert [len(others) for _, others in compared(found)] == [3]


def test_only_the_runs_that_are_compared_need_the_metric(read):
    """Accuracy is the metric of delayed_recall; adding has runs with the same init, and no accuracy."""
    sweep = {
        "task": [{"name": "delayed_recall", "length": 8}, {"name": "adding", "length": 8}],
        "model.init": ["forget_bias", "default"],
    }
    claim = {
        "metric": "accuracy",
        "where": {"task.name": "delayed_recall", "model.init": "forget_bias"},
        "above_that_of": {"model.init": "default"},
    }
    check_comparisons(*read(sweep, claim, model__cell="lstm"))
    claim["above_that_of"] = {"model.init": "default", "task.name": "adding"}
    with pytest.raises(BadExperiment, match=r"expect\[0\]\.metric: unknown metric 'accuracy'"):
        check_comparisons(*read(sweep, claim, model__cell="lstm"))


def test_nothing_is_checked_where_a_search_chooses(omega):
    file, found = omega({"training.omega": 2.0}, {"training.omega": "none"})
    check_comparisons(file, found, open_keys={"training.learning_rate"})


def test_each_side_may_choose_among_swept_values_only(read):
    sweep = {"seed": [0, 1], "model.cell": ["rnn", "lstm"], "training.learning_rate": [0.1, 0.01]}
    claim = {"metric": "loss", "where": {"model.cell": "lstm"}, "below_that_of": {"model.cell": "rnn"}}
    check_comparisons(*read(sweep, {**claim, "best_over": ["training.learning_rate"]}))
    with pytest.raises(BadExperiment) as error:
        check_comparisons(*read(sweep, {**claim, "best_over": ["training.clip_norm"]}))
    assert str(error.value).endswith(
        "expect[0].best_over = 'training.clip_norm': is not a swept key "
        "(seed, model.cell, training.learning_rate)"
    )


def test_all_values_of_a_choice_are_compared_with(read):
    sweep = {"model.hidden_size": [3, 4, 5], "training.learning_rate": [0.1, 0.01]}
    claim = {
        "metric": "loss",
        "where": {"model.hidden_size": 3},
        "below_that_of": {"model.hidden_size": 5},
        "best_over": ["training.learning_rate"],
    }
    file, found = read(sweep, claim)
    check_comparisons(file, found)
    ((group, others),) = compared(found)
    assert group == {"model.hidden_size": 3}
    assert [one["training.learning_rate"] for one in others] == [0.1, 0.01]
