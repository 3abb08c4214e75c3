"""What [sweep] describes, and how overrides narrow it."""

import pytest
import tomli_w

from gradviz.experiment.config.experiment_file import read_file
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.grid import points
from gradviz.experiment.sweep.plan import read_plan
from gradviz.experiment.sweep.search_settings import SearchSettings
from gradviz.experiment.sweep.space import Between, OneOf

RATE = {"low": 1e-4, "high": 1e-1, "log": True}
ZIPPED = {
    "model.cell": ["rnn", "lstm"],
    "seed": "0..1",
    "training.learning_rate": [0.1, 0.01],
    "zip": ["model.cell", "training.learning_rate"],
}


@pytest.fixture
def file(tmp_path, small):
    """A function: the file of a small experiment with a given sweep and overrides."""
    path = tmp_path / "small.toml"

    def make(sweep, *settings):
        path.write_text(tomli_w.dumps(small(sweep=sweep)))
        return read_file(path, settings)

    return make


def labels(file):
    return [point.label for point in points(file)]


def complaint(read, file):
    with pytest.raises(BadExperiment) as found:
        read(file)
    return str(found.value).replace(str(file.path), "small.toml")


def test_keys_that_go_together_are_one_axis(file):
    found = points(file(ZIPPED))
    assert [point.label for point in found] == [
        "model.cell=rnn, training.learning_rate=0.1, seed=0",
        "model.cell=rnn, training.learning_rate=0.1, seed=1",
        "model.cell=lstm, training.learning_rate=0.01, seed=0",
        "model.cell=lstm, training.learning_rate=0.01, seed=1",
    ]
    assert found[0].together == (("model.cell", "training.learning_rate"), ("seed",))
    assert found[3].experiment.training.learning_rate == 0.01


def test_random_points_with_every_seed(file):
    random = {"points": 2, "training": {"learning_rate": RATE}, "model.cell": ["rnn", "gru"]}
    found = labels(file({"seed": [0, 1], "random": random}))
    assert [label.rpartition(", ")[2] for label in found] == ["seed=0", "seed=1"] * 2
    assert found[0] == "model.cell=gru, training.learning_rate=0.000644704, seed=0"
    assert labels(file({"seed": [0, 1], "random": random})) == found
    assert labels(file({"seed": [0, 1], "random": random}, "sweep.random.seed=1")) != found
    assert len(labels(file({"seed": [0, 1], "random": random}, "sweep.random.points=3"))) == 6


@pytest.mark.parametrize(
    ("settings", "count", "note"),
    [
        (["seed=1"], 2, "-s seed=1 narrows the sweep over seed to 1 of 2 values"),
        (["seed=7"], 2, "-s seed=7 narrows the sweep over seed to a value that is not in the sweep"),
        (
            ["model={cell='lstm', hidden_size=3}"],
            2,
            "-s model={cell='lstm', hidden_size=3} narrows the sweep over model.cell and "
            "training.learning_rate to 1 of 2 values",
        ),
        (["sweep.seed=[5]"], 2, None),
        (["training.steps=2"], 4, None),
    ],
)
def test_an_override_of_a_swept_key_narrows_the_sweep_and_says_so(file, settings, count, note):
    plan = read_plan(file(ZIPPED, *settings))
    assert plan.notes == ([] if note is None else [note])
    assert plan.places == count
    values = [point.values for point in points(file(ZIPPED, *settings))]
    assert {one["seed"] for one in values} in ({0, 1}, {1}, {7}, {5})


def test_an_override_that_no_place_of_a_zip_has(file):
    assert complaint(points, file(ZIPPED, "model.cell=gru")) == (
        "-s model.cell=gru: model.cell = 'gru': none of the values that go together under sweep.zip has it"
    )


def test_an_override_of_what_is_drawn(file):
    sweep = {"random": {"points": 3, "training.learning_rate": RATE, "model.cell": ["rnn", "gru"]}}
    found = points(file(sweep, "model.cell=lstm"))
    assert [point.values["model.cell"] for point in found] == ["lstm"] * 3
    (alone,) = points(file(sweep, "model.cell=lstm", "training.learning_rate=0.5"))
    assert alone.label == "model.cell=lstm, training.learning_rate=0.5"


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (
            {"training.learning_rate": "1..2"},
            "sweep.training.learning_rate: a range of whole numbers is for keys that take only those",
        ),
        (
            {"random": {"points": 2, "training.learning_rate": {"low": 1, "high": 2000}}},
            "sweep.training.learning_rate: a range of whole numbers is for keys that take only those",
        ),
        ({"model.cell": "0..1"}, "sweep] model.cell = 0: must be text in quotes"),
        ({"seed": "0..999", "model.hidden_size": "1..999"}, "sweep: has 999000 points; it may have 100000"),
        (
            {"seed": [0], "random": {"points": 2, "seed": 3}},
            "sweep.random: has nothing to choose; give a key",
        ),
        ({"random": {"training.learning_rate": RATE}}, "sweep.random.points: missing; it has no default"),
        ({"random": {"points": 0, "model.cell": ["rnn"]}}, "sweep.random.points = 0: must be a whole number"),
        ({"random": 3}, "sweep.random = 3: must be a table with points and keys to choose"),
        (
            {"model.cell": ["rnn"], "random": {"points": 1, "model.cell": ["rnn"]}},
            "sweep.model.cell: is swept tw",
        ),
        ({"search": {"trials": 3, "model.cell": ["rnn"]}}, "sweep.search: the points of a search depend on"),
        (
            {"search": {"trials": 3, "goal": "least", "model.cell": ["rnn"]}},
            "sweep.search.goal = 'least': must",
        ),
        ({"search": {"model.cell": ["rnn"]}}, "sweep.search.trials: missing"),
    ],
)
def test_mistakes(file, sweep, message):
    assert message in complaint(points, file(sweep))


def test_all_mistakes_at_once(file):
    text = complaint(points, file({"seed": "1..0", "random": {"points": 0, "model.cell": []}}))
    assert [line.split(" = ")[0] for line in text.splitlines()] == [
        "small.toml: sweep.seed",
        "small.toml: sweep.random.points",
        "small.toml: sweep.random.model.cell",
    ]


def test_a_guided_search(file):
    search = {"trials": 5, "goal": "max", "metric": "accuracy", "seed": 2, "model": {"cell": ["rnn", "gru"]}}
    plan = read_plan(file({"seed": "0..1", "search": {**search, "training.learning_rate": RATE}}))
    assert plan.search == SearchSettings(5, "accuracy", "max", seed=2)
    assert plan.space == {
        "model.cell": OneOf(("rnn", "gru")),
        "training.learning_rate": Between(1e-4, 1e-1, log=True),
    }
    assert plan.together == (("model.cell", "training.learning_rate"), ("seed",))


TASKS = {"task": ["parity", {"name": "adding", "length": 6}], "seed": [0, 1]}


@pytest.mark.parametrize(
    ("settings", "tasks", "notes"),
    [
        (["task.name=adding"], [("adding", 6)], ["narrows the sweep over task to 1 of 2 values"]),
        (["task.length=6"], [("adding", 6)], ["narrows the sweep over task to 1 of 2 values"]),
        (["task.length=9"], [("parity", 9), ("adding", 9)], ["is set in every value of sweep.task"]),
        (
            ["task.name=parity", "task.length=9"],
            [("parity", 9)],
            ["narrows the sweep over task to 1 of 2 values", "is set in every value of sweep.task"],
        ),
    ],
)
def test_an_override_inside_of_a_swept_table_chooses_or_is_set(file, settings, tasks, notes):
    opened = file(TASKS, *settings)
    found = [point.experiment.built_task for point in points(opened) if point.values["seed"] == 0]
    assert [(task.name, task.length) for task in found] == tasks
    told = [f"-s {setting} {note}" for setting, note in zip(settings, notes, strict=True)]
    assert [note for note in read_plan(opened).notes if note.startswith("-s")] == told


@pytest.mark.parametrize(
    ("setting", "tasks", "note"),
    [
        ("task.name=adding", {("adding", 6)}, "narrows the sweep over task to 1 of 2 values"),
        ("task.length=9", {("parity", 9), ("adding", 9)}, "is set in every value of sweep.random.task"),
    ],
)
def test_an_override_reaches_the_tables_of_a_random_search(file, setting, tasks, note):
    opened = file({"random": {"points": 12, "task": TASKS["task"], "training.learning_rate": RATE}}, setting)
    found = [point.experiment.built_task for point in points(opened)]
    assert {(task.name, task.length) for task in found} == tasks
    assert [one for one in read_plan(opened).notes if one.startswith("-s")] == [f"-s {setting} {note}"]


def test_a_swept_table_takes_the_place_of_the_whole_table(file):
    told = "sweep.training takes the place of [training]: its steps, batch_size are not used"
    sweep = {"training": [{"clip_norm": "none"}, {"omega": 2.0}], "model.cell": ["rnn"]}
    assert read_plan(file(sweep)).notes == [told]
    assert read_plan(file(sweep, "training.steps=2")).notes == [
        "sweep.training takes the place of [training]: its batch_size are not used",
        "-s training.steps=2 is set in every value of sweep.training",
    ]
    assert {point.experiment.training.steps for point in points(file(sweep, "training.steps=2"))} == {2}
    full = [{"steps": 1, "batch_size": 2, "clip_norm": 3}]
    assert read_plan(file({"training": full})).notes == []


@pytest.mark.parametrize("value", ["[3, 4]", "'0..1'"])
def test_several_values_for_one(file, value):
    message = f"is not one value; for several write -s sweep.seed={value}"
    assert complaint(points, file(ZIPPED, f"seed={value}")).endswith(message)
    assert len(points(file(ZIPPED, f"sweep.seed={value}"))) == 4


def test_values_that_go_together_may_repeat(file):
    clip, omega = ["none", 1.0, 1.0], ["none", "none", 2.0]
    sweep = {"model.cell": ["rnn"], "training.clip_norm": clip, "training.omega": omega}
    together = [["training.clip_norm", "training.omega"]]
    found = [point.experiment.training for point in points(file({**sweep, "zip": together}))]
    assert [(one.clip_norm, one.omega) for one in found] == [(None, None), (1.0, None), (1.0, 2.0)]
    assert "only keys that go together under zip may have one twice" in complaint(points, file(sweep))
    twice = {**sweep, "training.omega": ["none", 2.0, 2.0], "zip": together}
    assert complaint(points, file(twice)).endswith("has the same values in two places")


def test_a_table_that_replaces_what_was_swept_before_stands_first(file):
    """The other way round two points would be one run, with the table's own length, under two names."""
    tasks = ["adding", "multiplication"]
    said = complaint(points, file({"task.length": [5, 6], "task": tasks}))
    assert said == "small.toml: sweep.task: replaces task.length; write it before that"
    assert len(points(file({"task": tasks, "task.length": [5, 6]}))) == 4
    said = complaint(
        points, file({"task": tasks, "random": {"points": 2, "task.length": {"low": 5, "high": 9}}})
    )
    assert said == "small.toml: sweep.task: replaces task.length; write it before that"
