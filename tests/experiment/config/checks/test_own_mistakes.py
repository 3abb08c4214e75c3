"""Mistakes in code of one's own: each with its place, all at once, before anything is trained."""

import copy

import pytest
from own_sources import FILES, TABLE, write_sources

from gradviz.experiment.config.resolve import examine, resolve
from gradviz.experiment.config.validation import BadExperiment


def changed(folder, table, **sources):
    write_sources(folder, **sources)
    whole = copy.deepcopy(TABLE)
    for key, value in table.items():
        whole[key] = {**whole[key], **value} if isinstance(value, dict) and key == "training" else value
    return whole


def lines_of(folder, table, **sources):
    found = examine(changed(folder, table, **sources), folder)
    assert isinstance(found, list), found
    return [str(one) for one in found]


def test_all_at_once(tmp_path):
    table = {
        "task": {"name": "mytasks.py:make", "lenght": 3},
        "model": {"make": "mymodl.py:make"},
        "training": {"optimizer": "myopt.py:mak", "metric": "mymetric.py", "stop_at": 0.1},
    }
    form = "must be FILE.py:NAME or MODULE:NAME, for example mytasks.py:make"
    assert lines_of(tmp_path, table) == [
        f"model.make = 'mymodl.py:make': there is no file {tmp_path}/mymodl.py; did you mean 'mymodel.py'?",
        f"training.metric = 'mymetric.py': {form}",
        "task.lenght: unknown key; did you mean 'length'? (length)",
        "training.optimizer: unknown name 'mak' in myopt.py; did you mean 'make'? (Closure, make)",
        'training.metric_goal: missing; stop_at is about mymetric.py, so it must be "max" or "min"',
    ]


@pytest.mark.parametrize(
    ("table", "sources", "expected"),
    [
        ({"task": "mytasks.py:First"}, {}, "task.length: missing; it has no default"),
        ({"task": {"name": "mytasks.py:make", "length": -1}}, {}, "task.name = 'mytasks.py:make': batch(2, "),
        (
            {"task": {"name": "mytasks.py:make", "length": None}},
            {},
            "task.length = None: must be a number, text, true, false, or a list or table of them",
        ),
        (
            {},
            {"mytasks": "def make():\n    return {}['size']\n"},
            "task.name = 'mytasks.py:make': make() failed: mytasks.py, line 2, in make: KeyError: 'size'",
        ),
        (
            {},
            {"mytasks": "def make():\n    return [3]\n"},
            "task.name = 'mytasks.py:make': make() returned a value of type list, which needs ",
        ),
        (
            {},
            {"mytasks": "import answer\n"},
            "task.name: importing mytasks.py failed: mytasks.py, line 1: ",
        ),
        (
            {},
            {"mytasks": "make = 3\n"},
            "task.name: mytasks.py:make is of type int; it must be a",
        ),
        (
            {"model": {"make": "mymodel.py:make", "hidden": 3}},
            {},
            "model.hidden: unknown key; did you mean 'hidden_size'? (hidden_size)",
        ),
        ({"model": {"make": 3}}, {}, "model.make = 3: must be text in quotes"),
        ({"model": {"make": "lstm"}}, {}, "model.make = 'lstm': must be FILE.py:NAME or MODULE:NAME"),
        (
            {},
            {"mymodel": "def make(): return 3\n"},
            "model.make = 'mymodel.py:make': mymodel.py:make returned a value of type int",
        ),
        (
            {},
            {"mymodel": "from torch import nn\ndef make(): return nn.Linear(2, 1)\n"},
            "model.make = 'mymodel.py:make': the model, a Linear, has no nn.RNN, nn.LSTM, nn.GRU or cell of",
        ),
        (
            {},
            {"myopt": "def make(parameters, lr): return 3\n"},
            "training.optimizer = 'myopt.py:make': myopt.py:make returned a value of type int; it",
        ),
        (
            {},
            {"myopt": "def make(parameters): return 3\n"},
            "training.optimizer = 'myopt.py:make': make(parameters, lr=0.001) failed: TypeError: ",
        ),
        (
            {"training": {"optimizer": "myopt.py:Closure"}},
            {},
            "training.optimizer = 'myopt.py:Closure': its step() failed: TypeError: ",
        ),
        (
            {},
            {"mymetric": "def mae(outputs, targets): return outputs - targets\n"},
            "training.metric = 'mymetric.py:mae': mae(outputs, targets), of shape (2, 1) and shape (2, 1), "
            "returned a tensor of shape (2, 1); it must return one number",
        ),
        (
            {"training": {"metric": "mymetric.py:loss"}},
            {"mymetric": "def loss(outputs, targets): return 0\n"},
            "training.metric = 'mymetric.py:loss': must have another name than 'loss'",
        ),
        (
            {"training": {"metric": None, "metric_goal": "max"}},
            {},
            "training.metric_goal = 'max': must be left out if there is no metric beside it",
        ),
        (
            {"training": {"stop_at": 0.1}},
            {},
            'training.metric_goal: missing; stop_at is about mae, so it must be "max" or "min"',
        ),
    ],
)
def test_one_mistake_has_one_line(tmp_path, table, sources, expected):
    (line,) = lines_of(tmp_path, table, **sources)
    assert line.startswith(expected), line


def test_a_task_without_a_metric_cannot_stop(tmp_path):
    training = {"training": {"metric": None, "stop_at": 0.5}}
    (line,) = lines_of(tmp_path, training)
    assert line == "training.stop_at = 0.5: must be left out: the task has no metric, or no metric_goal"


def test_a_message_begins_with_its_file(tmp_path):
    write_sources(tmp_path)
    with pytest.raises(BadExperiment, match=r"^x.toml: task.name = 'mytask.py:make': there is no file "):
        resolve({**TABLE, "task": "mytask.py:make"}, lambda _: "x.toml", folder=tmp_path)


def task_with(old, new):
    text = FILES["mytasks.py"]
    assert text.count(old) == 1
    return {"mytasks": text.replace(old, new)}


@pytest.mark.parametrize(
    ("model", "sources", "expected"),
    [
        (
            "gru",
            task_with("    input_size = 2\n    output_size = 1\n", ""),
            "the task needs input_size, the number of inputs of a time step and output_size, the number of "
            "outputs of the model, for the model with a cell that gradviz builds",
        ),
        (
            "gru",
            task_with("input_size = 2", "input_size = 3"),
            "the model, called with inputs of shape (2, 6, 2), ",
        ),
        (
            "gru",
            task_with("return inputs, answers", "return inputs; answers"),
            "batch(2, generator) returned Tensor; it must return inputs and targets as two tensors",
        ),
        (
            "gru",
            task_with("return inputs, answers.first(inputs)", "return inputs, 3"),
            "batch(2, generator) returned (Tensor, int); it must return inputs and targets as two tensors",
        ),
        (
            "gru",
            task_with("generator=generator)", "generator=generator) * __import__('random').random()"),
            "batch(size, generator) returned other numbers when it was called again with the same generator",
        ),
        (
            "gru",
            task_with("functional.mse_loss(", "functional.cross_entropy(targets, "),
            "loss(outputs, targets), of shape (2, 1) and shape (2, 1), failed: mytasks.py, line 21",
        ),
        (
            "gru",
            task_with("functional.mse_loss(outputs, targets)", "(outputs - targets) ** 2"),
            "loss(outputs, targets), of shape (2, 1) and shape (2, 1), returned a tensor of shape (2, 1); it",
        ),
        (
            "gru",
            task_with("functional.mse_loss(outputs, targets)", "outputs.detach().mean()"),
            "loss(outputs, targets), of shape (2, 1) and shape (2, 1), does not depend on the weights",
        ),
    ],
)
def test_what_does_not_fit_is_found_by_a_step_on_two_sequences(tmp_path, model, sources, expected):
    (line,) = lines_of(tmp_path, {"model": model}, **sources)
    assert line.startswith(f"task.name = 'mytasks.py:make': {expected}"), line


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "inputs)[0]",
            "inputs.transpose(1, 2))[0]",
            "the model, called with inputs of shape (2, 6, 2), failed: mym",
        ),
        (
            "nn.Linear(",
            "nn.Linear(1 + ",
            "the model, called with inputs of shape (2, 6, 2), ",
        ),
        (
            "return Net(task, hidden_size)",
            "import random\n    net = Net(task, hidden_size)\n"
            "    nn.init.constant_(net.head.bias, random.random())\n    return net",
            "the model had other weights when it was made again with the same seed",
        ),
    ],
)
def test_mistakes_of_a_model(tmp_path, old, new, expected):
    assert FILES["mymodel.py"].count(old) == 1
    (line,) = lines_of(tmp_path, {}, mymodel=FILES["mymodel.py"].replace(old, new))
    assert line.startswith(f"model.make = 'mymodel.py:make': {expected}"), line


def test_mistakes_that_do_not_depend_on_each_other_come_together(tmp_path):
    lines = lines_of(
        tmp_path,
        {},
        mymetric="def mae(outputs, targets):\n    return targets.absent\n",
        myopt="def make(parameters, lr):\n    return 3\n",
        **task_with("functional.mse_loss(", "functional.absent("),
    )
    assert [line.partition(" ")[0] for line in lines] == [
        "training.optimizer",
        "training.metric",
        "task.name",
    ]


def test_a_curriculum_of_a_class_without_fields(tmp_path):
    (line,) = lines_of(tmp_path, {"curriculum": {"lengths": [3, 6], "every": 2}})
    assert line == (
        "curriculum: the task 'mytasks.py:make' has no option for the length of its sequences; one of your "
        "own is a dataclass, with a field length"
    )
