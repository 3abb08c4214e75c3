"""A model is evaluated while it is trained, and its training is not changed by it."""

import io
from itertools import islice

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.training.batch_seeds import batch_generator, validation_generator
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation
from gradviz.training.validation_set import Evaluation, Validation, Validator

HOW = Optimisation(steps=7, batch_size=4, learning_rate=1e-2)


def dropout_model():
    torch.manual_seed(0)
    return gv.SequenceModel("lstm", 2, 5, 1, num_layers=2, dropout=0.5)


def test_the_evaluations_by_hand():
    task, model = gv.tasks.adding(6), dropout_model()
    training = Training(model, task, HOW, validation=Validation(every=3, batches=2))
    for step in training:
        if step.step not in (2, 5, 6):
            assert step.evaluation is None
            continue
        model.eval()
        with torch.no_grad():
            batches = [task.batch(4, validation_generator(0, number)) for number in range(2)]
            losses = [task.loss(model(inputs), targets).item() for inputs, targets in batches]
        model.train()
        assert step.evaluation == Evaluation(step.step, sum(losses) / 2, sum(losses) / 2)
    assert [one.step for one in training.validator.evaluations] == [2, 5, 6]


def test_the_training_is_not_changed_nor_its_recording():
    def trained(validation):
        model = dropout_model()
        training = Training(model, gv.tasks.adding(6), HOW, validation=validation)
        with gv.record(model, every=2, samples=None) as tape:
            steps = []
            for step in training:
                steps.append(step._replace(evaluation=None))
                tape.step(step.loss)
        assert all(part.training for part in model.modules())
        return steps, tape.dataset, training.state_dict()

    (steps, recorded, state), (plain_steps, plain_recorded, plain) = (
        trained(validation) for validation in (Validation(every=1, batches=2), None)
    )
    assert steps == plain_steps
    assert recorded.identical(plain_recorded)
    assert torch.equal(state["random"], plain["random"])
    assert all(torch.equal(state["model"][name], value) for name, value in plain["model"].items())


def test_its_batches_are_never_those_of_the_training():
    task = gv.tasks.adding(6)
    trained = [task.batch(2, batch_generator(5, step))[0] for step in range(20)]
    seen = [task.batch(2, validation_generator(5, number))[0] for number in range(20)]
    assert not any(torch.equal(one, other) for one in trained for other in seen)
    assert torch.equal(seen[3], task.batch(2, validation_generator(5, 3))[0])
    assert not torch.equal(seen[3], task.batch(2, validation_generator(6, 3))[0])


class Given:
    """Its validation losses are given; the model is ignored."""

    metric_name, metric_goal = "share", "max"

    def __init__(self, losses):
        self.losses = iter(losses)

    def batch(self, size, generator):
        return torch.ones(1, 1), torch.zeros(1, 1)

    def validation(self):
        return torch.ones(1, 1), torch.tensor(next(self.losses))

    def loss(self, outputs, targets):
        return outputs.sum() if torch.is_grad_enabled() else targets

    def metric(self, outputs, targets):
        return torch.tensor(0.0) if targets.ndim else 1 - targets


def course_of(losses, *, patience=None, stop_at=None, steps=None):
    how = Optimisation(steps=steps or len(losses), stop_at=stop_at)
    validation = Validation(every=1, batches=1, patience=patience)
    training = Training(nn.Linear(1, 1), Given(losses), how, validation=validation)
    list(training)
    return training


def test_patience_ends_it_and_says_so():
    training = course_of([3.0, 2.0, 2.5, 2.0, 1.0], patience=2)
    assert training.step == 4  # 2.0 a second time is no improvement
    assert training.stopped == (
        "the validation loss has not improved in the last 2 evaluations: the lowest was 2, after training "
        "step 1"
    )
    assert training.done
    assert training.validator.best == Evaluation(1, 2.0, -1.0)
    one = course_of([3.0, 4.0, 1.0], patience=1)
    assert (one.step, one.stopped[:57]) == (2, "the validation loss has not improved in the last evaluati")


def test_an_improvement_in_time_goes_on():
    training = course_of([3.0, 3.5, 2.0, 2.5, 1.0], patience=2)
    assert (training.step, training.stopped) == (5, "")
    assert course_of([1.0, 2.0, 3.0, 4.0]).step == 4


def test_patience_that_ends_with_the_last_step_is_no_stop():
    assert course_of([1.0, 2.0, 3.0], patience=2).stopped == ""


def test_a_loss_that_is_not_a_number_is_never_the_best():
    nan = float("nan")
    assert course_of([nan, 2.0, nan]).validator.best.loss == 2.0
    assert course_of([nan, nan, nan, 1.0], patience=2).step == 3


def test_the_target_is_of_the_validation():
    training = course_of([0.9, 0.5, 0.2, 0.1], stop_at=0.5)  # the metric is 1 - loss
    assert (training.step, training.done, training.stopped) == (2, True, "")
    assert course_of([0.9, 0.8, 0.7], stop_at=0.5).step == 3


def test_a_text_is_evaluated_on_what_it_holds_out():
    task = gv.tasks.text(form="stream", bptt=5, held_out=0.3, encoding="one_hot")
    model = gv.LanguageModel(task.alphabet, hidden_size=4)
    (step,) = Training(model, task, Optimisation(steps=1, batch_size=2), validation=Validation(every=1))
    inputs, targets = task.validation()
    with torch.no_grad():
        expected = task.loss(model(inputs)[0], targets).item()
    assert step.evaluation.loss == pytest.approx(expected, rel=1e-6)
    assert step.evaluation.metric == pytest.approx(expected / 0.6931472, rel=1e-6)


def test_a_task_without_a_metric():
    class Plain:
        batch, loss = Given.batch, lambda self, outputs, targets: (outputs - targets).square().sum()

    (step,) = Training(nn.Linear(1, 1), Plain(), Optimisation(steps=1), validation=Validation(batches=2))
    assert step.evaluation.metric is None


@pytest.mark.parametrize("cut", [1, 4, 6])  # after 4 and 6 steps the last evaluation was no improvement
def test_a_resumed_training_has_the_same_evaluations_and_ends_at_the_same_step(cut):
    def begin():
        validation = Validation(every=1, batches=2, patience=2)
        how = Optimisation(steps=12, batch_size=4, optimizer="sgd", learning_rate=0.5)
        return Training(dropout_model(), gv.tasks.adding(6), how, validation=validation)

    whole, saved = begin(), io.BytesIO()
    steps = list(whole)
    assert 4 < whole.step < 12, "the patience must end it"
    first = begin()
    taken = list(islice(first, cut))
    torch.save(first.state_dict(), saved)
    saved.seek(0)
    resumed = begin()
    resumed.load_state_dict(torch.load(saved, weights_only=True))
    assert taken + list(resumed) == steps
    assert resumed.validator.evaluations == whole.validator.evaluations
    assert (resumed.stopped, resumed.validator.best) == (whole.stopped, whole.validator.best)


def test_invalid_options():
    for options, message in (
        ({"every": 0}, "every = 0: must be a whole number of at least 1"),
        ({"batches": 1.5}, r"batches = 1\.5: must be a whole number"),
        ({"patience": 0}, "patience = 0: must be a whole number of at least 1, or None for no early stop"),
    ):
        with pytest.raises(ValueError, match=message):
            Validation(**options)


def test_it_is_due_after_every_so_many_steps_and_after_the_last():
    validator = Validator(Validation(every=4), batch_size=1, seed=0)
    assert [step for step in range(10) if validator.is_due(step, steps=10)] == [3, 7, 9]


class HoldsBack:
    """Trains on zeros, and validates on ones."""

    def batch(self, size, generator):
        return torch.zeros(size, 3, 2), torch.zeros(size, 1)

    def validation_batch(self, size, generator):
        return torch.ones(size, 3, 2), torch.ones(size, 1)

    def loss(self, outputs, targets):
        return outputs.sum() * 0 + targets.mean()


def test_a_task_that_holds_data_back_is_evaluated_on_them():
    how = Optimisation(steps=2, batch_size=3)
    training = Training(gv.SequenceModel("gru", 2, 2, 1), HoldsBack(), how, validation=Validation(1, 2))
    assert [(step.loss, step.evaluation.loss) for step in training] == [(0.0, 1.0)] * 2
