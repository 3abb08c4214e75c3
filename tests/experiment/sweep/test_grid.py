"""The points of a sweep."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.grid import folder_of, points, sweep_folder


@pytest.fixture
def grid(tmp_path, small):
    """A function: the points of a small experiment with a given sweep and overrides."""
    path = tmp_path / "small.toml"

    def make(sweep, *settings, **changes):
        path.write_text(tomli_w.dumps(small(**changes, **({} if sweep is None else {"sweep": sweep}))))
        return points(read_file(path, settings))

    return make


def lines(grid, sweep, *settings, **changes):
    with pytest.raises(BadExperiment) as found:
        grid(sweep, *settings, **changes)
    return [line.replace(str(line.partition("small.toml")[0]), "") for line in str(found.value).splitlines()]


def test_every_combination_once_the_last_key_fastest(grid, tmp_path):
    found = grid({"model.cell": ["rnn", "lstm"], "seed": [0, 1]})
    assert [point.label for point in found] == [
        "model.cell=rnn, seed=0",
        "model.cell=rnn, seed=1",
        "model.cell=lstm, seed=0",
        "model.cell=lstm, seed=1",
    ]
    assert [(p.experiment.model.cell, p.experiment.seed) for p in found][2] == ("lstm", 0)
    assert len({folder_of(tmp_path, point) for point in found}) == 4
    assert sweep_folder(tmp_path, found).name.startswith("small-sweep-")
    assert sweep_folder(tmp_path, found) != sweep_folder(tmp_path, found[:3])


def test_keys_need_no_quotes_and_can_be_given_from_outside(grid):
    assert [p.label for p in grid({"model": {"cell": ["rnn", "gru"]}})] == [
        "model.cell=rnn",
        "model.cell=gru",
    ]
    assert [p.label for p in grid(None, "sweep.seed=[3, 4]")] == ["seed=3", "seed=4"]


def test_a_point_is_the_same_run_as_a_file_with_that_value(grid, tmp_path):
    (point,) = grid({"seed": [5]})
    (plain,) = grid({"model.cell": ["gru"]}, seed=5)
    assert folder_of(tmp_path, point) == folder_of(tmp_path, plain)


def test_no_sweep(grid):
    (line,) = lines(grid, None)
    assert line == "small.toml: has no [sweep] table; use gradviz run for a single run"


@pytest.mark.parametrize("values", [3, [], [1, 1], "rnn", [1, 1.0]])
def test_values_that_are_not_an_axis(grid, values):
    (line,) = lines(grid, {"seed": values})
    assert line.startswith("small.toml: sweep.seed = ")
    assert line.endswith(': must be a range such as "0..9", or a list of one or more different values') or (
        line.endswith("; only keys that go together under zip may have one twice") and len(values) == 2
    )


def test_a_mistake_is_reported_once_with_its_place(grid):
    assert lines(grid, {"model.cell": ["rnn", "gur", "gru"], "seed": [0, -1]}, training__steps=0) == [
        "small.toml: training.steps = 0: must be at least 1",
        "small.toml: [sweep] seed = -1: must be at least 0",
        "small.toml: [sweep] model.cell: unknown cell 'gur'; did you mean 'gru'? (gru, lstm, rnn, rnn_relu)",
    ]
    (line,) = lines(grid, {"model.cell": ["lstm", "rnn"]}, model__init="forget_bias")
    assert line.startswith("small.toml: [sweep] at model.cell=rnn: model.init_options: ")
    (line,) = lines(grid, {"name.x": [1]})
    assert line == "small.toml: sweep.name.x: name is not a table: no value can be set in it"
