"""A table becomes an experiment, or all its mistakes are reported."""

import pytest

import gradviz as gv
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.validation import BadExperiment


def lines(table):
    with pytest.raises(BadExperiment) as found:
        resolve(table, lambda _: "x.toml")
    return str(found.value).splitlines()


def test_defaults_of_the_task_and_the_initialisation_are_filled_in(small):
    table = small(model__init="forget_bias")
    del table["task"]["length"]
    resolved = resolve(table)
    assert resolved.task.options == {"length": 100}
    assert resolved.model.init_options == {"value": 1.0}
    assert resolve(resolved.table()) == resolved


def test_the_task_is_built_with_its_options(small):
    assert resolve(small(task={"name": "copy_memory", "delay": 20})).built_task == gv.tasks.copy_memory(20)
    assert Experiment.model_validate(small()).built_task == gv.tasks.adding(8)


def test_the_built_task_is_not_part_of_the_experiment(small):
    resolved = resolve(small())
    unbuilt = Experiment.model_validate(resolved.table())
    assert unbuilt == resolved
    assert "built_task" not in {**resolved.table(), **resolved.model_dump()}
    assert fingerprint(unbuilt) == fingerprint(resolved)


def test_equal_experiments_have_equal_fingerprints(small):
    one = fingerprint(resolve(small()))
    assert len(one) == 8
    assert one == fingerprint(resolve(small(seed=0, training__learning_rate=1e-3)))
    assert fingerprint(resolve(small(training__learning_rate=1))) == fingerprint(
        resolve(small(training__learning_rate=1.0))
    )
    others = [small(seed=1), small(task__length=9), small(name="other"), small(recording__every=3)]
    assert len({one, *(fingerprint(resolve(table)) for table in others)}) == 5


def test_five_mistakes_at_once(small):
    table = small(
        seed=True,
        task__lenght=5,
        task__length=-5,
        model__cell="lstn",
        training__steps="10",
        training__learning_rate=float("nan"),
        trainin={},
    )
    assert sorted(lines(table)) == [
        "x.toml: model.cell: unknown cell 'lstn'; did you mean 'lstm'? (gru, lstm, rnn, rnn_relu)",
        "x.toml: seed = true: must be a whole number",
        "x.toml: task.lenght: unknown key; did you mean 'length'? (length)",
        "x.toml: task.length = -5: must be a whole number of at least 2",
        "x.toml: trainin: unknown key; did you mean 'training'? "
        "(name, seed, task, model, training, validation, curriculum, recording, expect)",
        "x.toml: training.learning_rate = nan: must be finite",
        "x.toml: training.steps = '10': must be a whole number",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"name": "a b"},
            "name = 'a b': must be at most 100 letters, digits, '.', '_' and '-', the first a letter or "
            "digit",
        ),
        ({"task": {}}, "task.name: missing; it has no default"),
        ({"task": 3}, "task = 3: must be a table"),
        ({"model__hidden_size": 0}, "model.hidden_size = 0: must be at least 1"),
        ({"model__bidirectional": "yes"}, "model.bidirectional = 'yes': must be true or false"),
        ({"model__init_options": {"value": 1}}, "model.init_options.value: unknown key; (it takes none)"),
        (
            {"model__dropout": 0.5},
            "model.dropout = 0.5: must be left out if num_layers is 1",
        ),
        (
            {"recording__detail": "ful"},
            "recording.detail: unknown detail 'ful'; did you mean 'full'? (full, norms)",
        ),
        ({"recording__detail": "forward"}, "recording.detail: unknown detail 'forward'; (full, norms)"),
        ({"recording__samples": 0}, "recording.samples = 0: must be a whole number of at least 1, or 'all'"),
        (
            {"training__clip_value": 1.0},
            "training.clip_value = 1.0: must be left out if clip_norm is given",
        ),
        ({"expect": 3}, "expect = 3: must be a table, or several: [[expect]]"),
        (
            {"expect": {"metric": "loss"}},
            "expect[0]: has no comparison; give below, above, or near with tolerance",
        ),
        ({"expect": {"metric": "loss", "near": 1}}, "expect[0]: near and tolerance must be given together"),
        (
            {"expect": {"metric": "loss", "at": 6, "below": 1}},
            "expect[0].at = 6: must be at most 5, the last step",
        ),
        (
            {"expect": {"metric": "los", "below": 1}},
            "expect[0].metric: unknown metric 'los'; did you mean 'loss'? (grad_norm, grad_norm_clipped",
        ),
        (
            {"expect": {"metric": "loss", "at": "en"}},
            "expect[0].at = 'en': must be a whole number of at least 0",
        ),
    ],
)
def test_single_mistakes(small, changes, line):
    (found,) = lines(small(**changes))
    assert found.startswith(f"x.toml: {line}")


def test_an_unknown_task_suggests_the_nearest(small):
    (line,) = lines(small(task={"name": "ading", "length": -1}))
    assert line.startswith(
        "x.toml: task.name: unknown task 'ading'; did you mean 'adding'? (adding, adding_1997"
    )


def test_a_text_is_read_forwards(small):
    (line,) = lines(small(task={"name": "text"}, model__bidirectional=True))
    assert line == "x.toml: model.bidirectional = true: must be left out: a text is read forwards"


@pytest.mark.parametrize(
    "task",
    [
        {"name": "adding", "length": 8},
        {"name": "delayed_recall", "length": [5, 9]},
        {"name": "copy_memory", "delay": 3},
        {"name": "parity", "length": 8},
        {"name": "text"},
    ],
)
def test_stop_when_needs_one_fixed_lag(small, task):
    with pytest.raises(BadExperiment) as raised:
        resolve(small(task=task, training__stop_when="hopeless"))
    said = str(raised.value)
    assert f"training.stop_when = 'hopeless': must be left out for this {task['name']}" in said
    assert said.count("\n") == 0
    assert resolve(small(task=task)).training.stop_when is None


def test_stop_when_for_a_fixed_lag(small):
    task = {"name": "delayed_recall", "length": 9}
    assert resolve(small(task=task, training__stop_when="hopeless")).training.stop_when == "hopeless"
    with pytest.raises(BadExperiment, match=r"unknown reason to stop 'hopeles'; did you mean 'hopeless'\?"):
        resolve(small(task=task, training__stop_when="hopeles"))
