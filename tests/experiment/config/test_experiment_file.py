"""An experiment file with overrides."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_experiment, read_file
from gradviz.experiment.config.validation import BadExperiment


@pytest.fixture
def path(tmp_path, small):
    made = tmp_path / "small.toml"
    made.write_text(tomli_w.dumps(small(sweep={"model.cell": ["rnn"]})))
    return made


def test_one_run_leaves_the_sweep_aside(path):
    assert read_experiment(path).model.cell == "gru"
    assert read_file(path).sweep == {"model.cell": ["rnn"]}


def test_overrides_are_checked_as_the_file_is_and_named_as_the_place(path):
    assert read_experiment(path, ["seed=4"]).seed == 4
    path.write_text(path.read_text() + "\n[modle]\n")
    with pytest.raises(BadExperiment) as found:
        read_experiment(path, ["training.steps=0", "task.length=1", "training.steps=ten"])
    assert [
        line.partition(": must")[0].partition(": unknown")[0] for line in str(found.value).splitlines()
    ] == [
        "-s training.steps=ten: training.steps = 'ten'",
        f"{path}: modle",
        "-s task.length=1: task.length = 1",
    ]


def test_a_whole_table_can_be_the_place(path):
    with pytest.raises(BadExperiment, match=r"^-s expect=\{metric='loss'\}: expect\[0\]: has no comparison"):
        read_experiment(path, ["expect={metric='loss'}"])


@pytest.mark.parametrize(
    ("sweep", "leave_out", "key"),
    [
        ({"model.cell": ["rnn", "gru"]}, ("model", "cell"), "model.cell"),
        ({"task": [{"name": "adding"}, {"name": "parity"}]}, ("task",), "task"),
    ],
)
def test_what_is_missing_and_swept_is_told(tmp_path, small, sweep, leave_out, key):
    table = small(sweep=sweep)
    inner = table if len(leave_out) == 1 else table[leave_out[0]]
    del inner[leave_out[-1]]
    path = tmp_path / "small.toml"
    path.write_text(tomli_w.dumps(table))
    with pytest.raises(BadExperiment) as found:
        read_experiment(path)
    hint = f"gradviz sweep runs them all, -s {key}=VALUE chooses one"
    assert str(found.value).endswith(
        f"{key}: missing; it has no default, and under [sweep] there are several: {hint}"
    )
    del table["sweep"]
    path.write_text(tomli_w.dumps(table))
    with pytest.raises(BadExperiment, match=f"{key}: missing; it has no default$"):
        read_experiment(path)
