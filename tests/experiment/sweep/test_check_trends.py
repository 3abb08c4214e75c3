"""Claims about a trend that there cannot be, and claims that so few runs cannot decide."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.grid import points
from gradviz.experiment.sweep.remarks_on_claims import remarks_on_points


@pytest.fixture
def remarks(tmp_path, small):
    """A function: what is said of claims before a sweep runs."""
    path = tmp_path / "small.toml"

    def make(claim, sweep, *settings):
        table = small(task={"name": "delayed_recall", "length": 6}, expect=[{"metric": "loss", **claim}])
        path.write_text(tomli_w.dumps({**table, "sweep": sweep}))
        file = read_file(path, settings)
        return list(remarks_on_points(file, points(file)))

    return make


LENGTHS = {"task.length": [6, 8, 20], "seed": [0, 1, 2]}
FALLS = {"falls_with": "task.length"}


def test_nothing_is_to_be_said(remarks):
    assert remarks(FALLS, LENGTHS) == []
    assert remarks({"until_below": 0.1, "over_seeds": "share", **FALLS}, LENGTHS) == []


@pytest.mark.parametrize(
    ("key", "sweep", "message"),
    [
        ("task.lenght", LENGTHS, r"falls_with = 'task\.lenght': has no number at task\.length=6, seed=0;"),
        ("model.cell", LENGTHS, r"falls_with = 'model\.cell': is 'gru', which is not a number, at task"),
        ("model.bidirectional", LENGTHS, "is False, which is not a number"),
        (
            "task.length",
            {"seed": [0, 1, 2]},
            r"runs that agree in everything else have only task\.length=6; sweep several values of it, put",
        ),
    ],
)
def test_mistakes(remarks, key, sweep, message):
    with pytest.raises(BadExperiment, match=message):
        remarks({"falls_with": key}, sweep)


def test_one_value_for_some_of_the_runs(remarks):
    cells = {"task.length": [6, 8, 20], "model.cell": ["rnn", "rnn", "gru"], "seed": [0, 1, 2]}
    assert remarks(FALLS, {**cells, "zip": [["task.length", "model.cell"]]}) == []  # both may differ
    tasks = [{"name": "delayed_recall", "length": 6}, {"name": "adding", "length": 8}]
    with pytest.raises(BadExperiment, match=r'have only task\.length=6 at task=\{name = "delayed_recall"\}'):
        remarks(FALLS, {"task": tasks, "seed": [0, 1]})


def test_an_override_left_one_value(remarks):
    assert remarks(FALLS, LENGTHS, "task.length=6") == [
        "over several values of task.length, so not judged here: loss at the end falls with task.length"
    ]


def test_so_few_runs_cannot_decide(remarks):
    sweep = {"task.length": [6, 8], "seed": [0, 1]}
    assert remarks(FALLS, sweep) == [
        "cannot be decided: loss at the end falls with task.length: "
        "so few runs cannot show it, 3 at each value can"
    ]
    cells = {"model.cell": ["rnn", "gru"], "seed": [0, 1]}
    share = {"below": 0.5, "over_seeds": "share", "above_that_of": {"model.cell": "rnn"}}
    assert remarks(share, cells) == [
        "cannot be decided: share of the seeds with loss at the end below 0.5 above that of model.cell=rnn: "
        "2 runs each cannot show it, 3 each can"
    ]
    assert remarks(share, {**cells, "seed": [0, 1, 2]}) == []
    assert remarks({"above_that_of": {"model.cell": "rnn"}}, cells) == []
