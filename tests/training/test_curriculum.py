"""A training that begins with short sequences."""

import io
import statistics
from itertools import islice

import pytest
import torch

import gradviz as gv
from gradviz.training.batch_seeds import batch_generator
from gradviz.training.curriculum import Course, Curriculum
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation
from gradviz.training.validation_set import Validation


def training(curriculum, *, task=None, validation=None, **options):
    torch.manual_seed(0)
    task = gv.tasks.adding(length=9) if task is None else task
    model = gv.SequenceModel("gru", task.input_size, 5, task.output_size, every_step=task.every_step)
    how = Optimisation(**{"steps": 8, "batch_size": 4, **options})
    return Training(model, task, how, validation=validation, curriculum=curriculum)


def lengths(steps):
    return [step.metrics["sequence_length"] for step in steps]


def test_every_so_many_steps():
    assert lengths(training(Curriculum((3, 5, 9), every=3))) == [3, 3, 3, 5, 5, 5, 9, 9]


def test_the_batches_have_the_length():
    seen = []
    one = training(Curriculum((3, 5, 9), every=3))
    one.model.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    list(one)
    for step, inputs in enumerate(seen):
        expected, _ = gv.tasks.adding(length=[3, 5, 9][min(step // 3, 2)]).batch(4, batch_generator(0, step))
        assert torch.equal(inputs, expected)


def test_the_delay_of_copy_memory():
    task = gv.tasks.copy_memory(delay=6, symbols=2)
    one = training(Curriculum((1, 6), every=1), task=task, steps=2)
    assert [one.task.delay, *lengths(one), one.task.delay] == [1, 1, 6, 6]


class Scored:
    """The course of a task whose metric is given."""

    def __init__(self, how, goal="min"):
        task = gv.tasks.adding(9) if goal == "min" else gv.tasks.parity(9)
        self.course, self.step = Course(how, task), -1

    def after(self, batch, validation=None, *, validates=False):
        self.step += 1
        self.course.advance(self.step, batch=batch, validation=validation, validates=validates)
        return self.course.length


def test_on_the_median_of_the_last_twenty_batches():
    scored = Scored(Curriculum((3, 5, 9), advance_at=0.5))
    assert [scored.after(0.1) for _ in range(19)] == [3] * 19
    assert scored.after(0.1) == 5
    values = [0.9] * 12 + [0.4] * 30  # the median of the last twenty falls at the tenth good one
    seen = [scored.after(value) for value in values]
    first = next(k for k in range(19, 42) if statistics.median(values[k - 19 : k + 1]) <= 0.5)
    assert seen == [5] * first + [9] * (42 - first)
    assert scored.after(0.0) == 9


def test_a_metric_that_should_be_large():
    scored = Scored(Curriculum((3, 9), advance_at=0.5), goal="max")
    assert [scored.after(0.4) for _ in range(25)] == [3] * 25
    assert [scored.after(0.6) for _ in range(20)][-1] == 9


def test_on_the_validation():
    scored = Scored(Curriculum((3, 5, 9), advance_at=0.5))
    told = [(0.0, None), (0.0, 0.6), (0.9, 0.5), (0.9, None), (0.9, 0.4)]
    assert [scored.after(*one, validates=True) for one in told] == [3, 3, 5, 5, 9]


def test_the_validation_has_the_present_length_and_begins_again_with_the_next():
    one = training(
        Curriculum((3, 9), every=4), validation=Validation(every=2, batches=1, patience=3), steps=8
    )
    list(one)
    assert [evaluation.length for evaluation in one.validator.evaluations] == [3, 3, 9, 9]
    assert one.validator.best in one.validator.evaluations[2:]


def test_the_target_is_of_the_last_length():
    assert len(list(training(Curriculum((3, 9), every=4), stop_at=1e9))) == 5
    validated = training(Curriculum((3, 9), every=4), stop_at=1e9, validation=Validation(every=2, batches=1))
    assert len(list(validated)) == 6


@pytest.mark.parametrize("how", [{"every": 3}, {"advance_at": 0.9}])
@pytest.mark.parametrize("cut", [2, 21, 27])
def test_a_resumed_training_ends_in_the_same_bits(how, cut):
    def begin():
        return training(Curriculum((3, 5, 9), **how), steps=48)

    whole, first, saved = begin(), begin(), io.BytesIO()
    steps = list(whole)
    assert len(set(lengths(steps))) == 3
    taken = list(islice(first, cut))
    torch.save(first.state_dict(), saved)
    saved.seek(0)
    resumed = begin()
    resumed.load_state_dict(torch.load(saved, weights_only=True))
    assert taken + list(resumed) == steps


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lengths": (5,), "every": 1}, r"lengths = \[5\]: must be at least two, each above the one before"),
        ({"lengths": (5, 5), "every": 1}, "each above the one before"),
        ({"lengths": (5, 3), "every": 1}, "each above the one before"),
        ({"lengths": (0, 3), "every": 1}, r"lengths\[0\] = 0: must be a whole number of at least 1"),
        ({"lengths": (3, 5)}, "needs either every, a number of steps, or advance_at"),
        ({"lengths": (3, 5), "every": 1, "advance_at": 1}, "needs either every"),
        ({"lengths": (3, 5), "every": 0}, "every = 0: must be a whole number"),
        ({"lengths": (3, 5), "advance_at": float("nan")}, "advance_at = nan: must be a finite number"),
    ],
)
def test_invalid_options(options, message):
    with pytest.raises(ValueError, match=message):
        Curriculum(**options)


def test_a_task_that_cannot_be_as_short_or_has_no_length():
    with pytest.raises(ValueError, match="length = 1: must be a whole number of at least 2"):
        training(Curriculum((1, 9), every=1))
    with pytest.raises(TypeError, match="the task 'text' has no option for the length of its sequences"):
        Course(Curriculum((1, 9), every=1), gv.tasks.text())
