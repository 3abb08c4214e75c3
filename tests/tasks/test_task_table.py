"""Tasks by name, and properties that all tasks share."""

import dataclasses
import importlib
import math
import pickle

import pytest
import torch
from batches import lengths_of, one_by_one, seeded
from mnist_files import write_mnist
from torch.nn.utils.rnn import PackedSequence

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.tasks.task_table import TASKS, make_task

LENGTH_OF = {
    name: field.name
    for name, task in TASKS.items()
    for field in dataclasses.fields(task)
    if field.name in ("length", "delay")
}
SHORT = {name: {option: 12} for name, option in LENGTH_OF.items()}
DRAWN = {name: {option: [10, 15]} for name, option in LENGTH_OF.items()}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A current folder in which ``mnist`` finds its files."""
    (tmp_path / "mnist").mkdir()
    write_mnist(tmp_path / "mnist")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", sorted(TASKS))
@pytest.mark.usefixtures("files")
def test_every_task_knows_its_name(name):
    assert make_task(name).name == name
    assert isinstance(make_task(name), getattr(gv.tasks, name))
    for task in (make_task(name), make_task(name, **DRAWN.get(name, {}))):
        assert pickle.loads(pickle.dumps(task)) == task
        assert hash(pickle.loads(pickle.dumps(task))) == hash(task)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_file_of_the_same_name_does_not_hide_the_task(name):
    importlib.import_module(f"gradviz.tasks.{name}")
    assert callable(getattr(gv.tasks, name))


@pytest.mark.parametrize("name", sorted(LENGTH_OF))
@pytest.mark.parametrize("options", [SHORT, DRAWN])
def test_a_batch_depends_on_the_generator_alone(name, options):
    task, before = make_task(name, **options[name]), torch.get_rng_state()
    first, second, other = (task.batch(4, seeded(seed)) for seed in (5, 5, 6))
    for a, b in zip(first, second, strict=True):
        assert all(torch.equal(p, q) for p, q in zip(one_by_one(a), one_by_one(b), strict=True))
    assert any(not torch.equal(p, q) for p, q in zip(one_by_one(first[0]), one_by_one(other[0]), strict=True))
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(TypeError, match=r"generator = None: must be a torch.Generator"):
        task.batch(4, None)
    with pytest.raises(ValueError, match="size = 0: must be a whole number of at least 1"):
        task.batch(0, seeded(0))


@pytest.mark.parametrize("name", sorted(LENGTH_OF))
def test_one_length_gives_tensors_and_a_range_gives_packed_sequences(name):
    inputs, targets = make_task(name, **SHORT[name]).batch(3, seeded(0))
    assert isinstance(inputs, torch.Tensor)
    assert isinstance(targets, torch.Tensor)
    task = make_task(name, **DRAWN[name])
    inputs, targets = task.batch(40, seeded(0))
    assert isinstance(inputs, PackedSequence)
    extra = 2 * task.symbols if LENGTH_OF[name] == "delay" else 0
    assert set(lengths_of(inputs)) == set(range(10 + extra, 16 + extra))
    assert isinstance(targets, PackedSequence) is task.every_step
    if task.every_step:
        assert lengths_of(targets) == lengths_of(inputs)


@pytest.mark.parametrize("name", sorted(LENGTH_OF))
@pytest.mark.parametrize("options", [SHORT, DRAWN])
def test_a_model_of_the_tasks_sizes_can_be_trained_on_it(name, options):
    task = make_task(name, **options[name])
    model = gv.SequenceModel("gru", task.input_size, 5, task.output_size, every_step=task.every_step)
    inputs, targets = task.batch(6, seeded(0))
    outputs = model(inputs)
    loss = task.loss(outputs, targets)
    loss.backward()
    assert loss.shape == task.metric(outputs, targets).shape == ()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
    assert task.baseline_meaning
    assert math.isfinite(task.baseline)
    assert task.metric_goal == ("max" if task.metric_name == "accuracy" else "min")
    longest = max(lengths_of(inputs))
    assert 0 <= min(task.informative) <= max(task.informative) < longest
    assert 0 < task.lag < longest


def test_an_unknown_option_suggests_the_nearest():
    assert make_task("adding", length=7).length == 7
    with pytest.raises(UnknownName, match=r"option of the task 'adding': 'lenght'; did you mean 'length'\?"):
        make_task("adding", lenght=7)


def test_an_unknown_task_suggests_the_nearest():
    with pytest.raises(
        UnknownName,
        match=r"unknown task 'ading'; did you mean 'adding'\? \(adding, adding_1997, copy_memory, delayed",
    ):
        make_task("ading")


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("delayed_recall", {}, True),
        ("delayed_recall", {"length": (5, 9)}, False),
        ("latch", {}, True),
        ("latch", {"length": (5, 9)}, False),
        ("temporal_order", {}, True),
        ("temporal_order", {"length": (100, 110)}, False),
        ("parity", {"bits": 2}, True),
        ("parity", {"bits": 2, "length": (5, 9)}, False),
        ("parity", {"bits": 60}, False),  # the last of them is near the answer
        ("parity", {}, False),
        ("two_sequences", {"length": 100}, True),
        ("two_sequences", {}, False),
        ("adding_1997", {"length": 100}, False),
        ("adding", {}, False),
        ("digits", {}, False),
        ("dyck", {}, False),
        ("multiplication", {}, False),
        ("copy_memory", {}, False),
        ("random_permutation", {}, False),
        ("text", {}, False),
    ],
)
def test_a_fixed_lag(name, options, expected):
    assert make_task(name, **options).fixed_lag is expected
