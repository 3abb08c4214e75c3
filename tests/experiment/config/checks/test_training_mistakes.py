"""Keys of a training that do not go together are named, each with what would work."""

import pytest

from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment


def lines(table):
    with pytest.raises(BadExperiment) as found:
        resolve(table, lambda _: "x.toml")
    return str(found.value).splitlines()


PARITY = {"name": "parity", "length": 12, "bits": 6}
CLAIM = {"below": 1.0}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"training__momentum": 0.5},
            "training.momentum = 0.5: must be left out for optimizer = 'adam'; rmsprop and sgd take it",
        ),
        (
            {"training__optimizer": "rmsprop", "training__nesterov": True, "training__momentum": 0.5},
            "training.nesterov = true: must be left out for optimizer = 'rmsprop'; sgd takes it",
        ),
        (
            {"training__optimizer": "sgd", "training__nesterov": True},
            "training.nesterov = true: needs a momentum above 0, for example momentum = 0.9",
        ),
        ({"training__momentum": 1.0}, "training.momentum = 1.0: must be below 1.0"),
        (
            {"training__optimizer": "rmsprop", "training__optimizer_options": {"alhpa": 0.9}},
            "training.optimizer_options.alhpa: unknown option of rmsprop 'alhpa'; did you mean 'alpha'?",
        ),
        ({"training__optimizer_options": 0.9}, "training.optimizer_options = 0.9: must be a table"),
        ({"training__weight_decay": -1}, "training.weight_decay = -1: must be at least 0.0"),
        ({"training__warmup": 6}, "training.warmup = 6: must be below steps = 6"),
        (
            {"training__schedule": "cosin"},
            "training.schedule.name: unknown schedule 'cosin'; did you mean 'cosine'? (constant, cosine",
        ),
        ({"training__schedule": 3}, "training.schedule = 3: must be a table"),
        (
            {"training__schedule": {"name": "step", "evry": 3}},
            "training.schedule.evry: unknown key; did you mean 'every'? (name, every, factor)",
        ),
        (
            {"training__schedule": {"name": "cosine", "factor": 0.5}},
            "training.schedule.factor = 0.5: must be left out for 'cosine'; 'step' takes it",
        ),
        ({"training__clip_norm": "non"}, "training.clip_norm = 'non': must be a number, or 'none'"),
        (
            {"training__bptt_detach": False},
            "training.bptt_detach = false: needs bptt, the time steps of a segment",
        ),
        ({"training__bptt": 0}, "training.bptt = 0: must be at least 1"),
        (
            {"training__bptt": 3, "model__bidirectional": True},
            "training.bptt = 3: must be left out if model.bidirectional is true",
        ),
        (
            {"training__bptt": 3, "task": {"name": "text"}},
            "training.bptt = 3: must be left out for a text: form = 'stream' has segments of its own",
        ),
        (
            {"training__omega": 0.5},
            "training.omega = 0.5: must be left out for cell = 'gru': it is defined for rnn and rnn_relu",
        ),
        (
            {"training__omega": 0.5, "model__cell": "rnn", "model__bidirectional": True},
            "training.omega = 0.5: must be left out if model.bidirectional is given",
        ),
        (
            {"training__omega": 0.5, "training__bptt": 3, "model__cell": "rnn"},
            "training.bptt = 3: must be left out if omega is given: Ω is of whole sequences",
        ),
        (
            {"training__device": "gpu"},
            "training.device = 'gpu': must be 'cpu', 'cuda', 'cuda:' with a number, or 'mps'",
        ),
        (
            {"training__dtype": "float16"},
            "training.dtype: unknown dtype 'float16'; did you mean 'float64'? (float32, float64)",
        ),
        (
            {"validation": {"ever": 3}},
            "validation.ever: unknown key; did you mean 'every'? (every, batches, patience)",
        ),
        ({"validation": 3}, "validation = 3: must be a table"),
        ({"validation": {"patience": 0}}, "validation.patience = 0: must be at least 1"),
        (
            {"validation": {}, "task": {"name": "text"}},
            "validation: this text holds nothing out to evaluate on; set task.held_out, for example 0.1",
        ),
        (
            {"expect": {"metric": "validation_loss", **CLAIM}},
            "expect[0].metric = 'validation_loss': needs a table [validation]",
        ),
        (
            {"expect": {"metric": "learning_rate", **CLAIM}},
            "expect[0].metric: unknown metric 'learning_rate'; (grad_norm, grad_norm_clipped, loss, mse)",
        ),
        (
            {"expect": {"metric": "validation_los", **CLAIM}, "validation": {}},
            "expect[0].metric: unknown metric 'validation_los'; did you mean 'validation_loss'? (",
        ),
        (
            {"expect": {"metric": "validation_loss", "at": 2, **CLAIM}, "validation": {"every": 4}},
            "expect[0].at = 2: must be at least 3, the first evaluation",
        ),
        (
            {"curriculum": {"length": [3, 8], "every": 2, "lengths": [3, 8]}},
            "curriculum.length: unknown key; did you mean 'lengths'? (lengths, every, advance_at)",
        ),
        ({"curriculum": {"lengths": 3}}, "curriculum.lengths = 3: must be a table, or several"),
        (
            {"curriculum": {"lengths": [8, 3], "every": 2}},
            "curriculum.lengths = [8, 3]: must be at least two, each above the one before",
        ),
        ({"curriculum": {"lengths": [3, 8]}}, "curriculum: a curriculum needs either every"),
        (
            {"curriculum": {"lengths": [1, 8], "every": 2}},
            "curriculum.lengths[0] = 1: task.length = 1: must be a whole number of at least 2",
        ),
        (
            {"curriculum": {"lengths": [3, 9], "every": 2}},
            "task.length = 8: must be the last of curriculum.lengths, 9, or be left out",
        ),
        (
            {"curriculum": {"lengths": [3, 9], "every": 2}, "task": {"name": "text"}},
            "curriculum: the task 'text' has no option for the length of its sequences",
        ),
        (
            {
                "curriculum": {"lengths": [8, 12], "every": 2},
                "task": PARITY,
                "training__stop_when": "hopeless",
            },
            "training.stop_when = 'hopeless': must be left out if there is a curriculum",
        ),
    ],
)
def test_single_mistakes(small, changes, line):
    (found,) = lines(small(**changes))
    assert found.startswith(f"x.toml: {line}")


def test_several_at_once(small):
    found = lines(
        small(
            training__momentum=0.5,
            training__warmup=9,
            training__omega=1.0,
            expect={"metric": "validation_loss", **CLAIM},
        )
    )
    assert len(found) == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"training__optimizer": "adamw", "training__weight_decay": 0.1},
        {"training__optimizer": "sgd", "training__momentum": 0.9, "training__nesterov": True},
        {"training__optimizer": "rmsprop", "training__momentum": 0.9},
        {"training__optimizer": "rmsprop", "training__optimizer_options": {"alpha": 0.9}},
        {"training__schedule": "cosine", "training__warmup": 2},
        {"training__schedule": {"name": "step", "every": 2, "factor": 0.5}},
        {"training__bptt": 3, "training__bptt_detach": False},
        {"training__omega": 0.5, "model__cell": "rnn", "model__num_layers": 2},
        {"training__device": "cuda:1", "training__dtype": "float64"},
        {"validation": {"every": 2, "batches": 1, "patience": 3}},
        {"curriculum": {"lengths": [3, 8], "advance_at": 0.1}},
        {"validation": {"every": 2}, "expect": {"metric": "validation_mse", **CLAIM}},
        {"validation": {"every": 4}, "expect": {"metric": "validation_loss", "at": 3, **CLAIM}},
        {"validation": {}, "expect": {"metric": "validation_loss", "at": 5, **CLAIM}},
        {"training__schedule": "constant", "expect": {"metric": "learning_rate", **CLAIM}},
        {
            "model__cell": "rnn",
            "training__omega": 1.0,
            "curriculum": {"lengths": [3, 8], "every": 1},
            "expect": [{"metric": "omega", **CLAIM}, {"metric": "sequence_length", **CLAIM}],
        },
    ],
)
def test_what_goes_together_has_another_name_and_is_read_again(small, changes):
    experiment = resolve(small(**changes))
    assert resolve(experiment.table()) == experiment
    assert fingerprint(resolve(experiment.table())) == fingerprint(experiment)
    assert fingerprint(experiment) != fingerprint(resolve(small()))


@pytest.mark.parametrize("key", ["clip_norm", "clip_value", "bptt", "omega"])
def test_none_is_the_same_as_nothing(small, key):
    table = small(training={"steps": 6, "batch_size": 3})
    said = small(training={"steps": 6, "batch_size": 3, key: "none"})
    assert resolve(said) == resolve(table)
    assert fingerprint(resolve(said)) == fingerprint(resolve(table))
    both = resolve(small(training__clip_norm="none", training__clip_value=2.0))
    assert (both.training.clip_norm, both.training.clip_value) == (None, 2.0)


def test_a_task_without_a_length_has_the_last_of_the_curriculum(small):
    for task, option in (("adding", "length"), ("copy_memory", "delay")):
        resolved = resolve(small(task={"name": task}, curriculum={"lengths": [3, 8], "every": 2}))
        assert resolved.task.options[option] == 8
        assert getattr(resolved.built_task, option) == 8


def test_the_settings_of_a_training(small):
    how = resolve(
        small(
            training__optimizer="sgd",
            training__momentum=0.9,
            training__schedule="step",
            training__warmup=1,
            seed=4,
        )
    ).optimisation()
    assert (how.optimizer_settings(), how.seed) == ({"momentum": 0.9}, 4)
    assert [how.rate(step) for step in range(6)] == pytest.approx([1e-3, 1e-3, 1e-3, 1e-4, 1e-4, 1e-5])
    assert resolve(small()).optimisation().schedule is None
