"""The training loop."""

import io
from itertools import islice

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.training.loop import Diverged, Training, batch_generator, train
from gradviz.training.optimisation import Optimisation


def run(how, seed=0):
    torch.manual_seed(seed)
    model = gv.SequenceModel("gru", 2, 8, 1)
    return list(train(model, gv.tasks.adding(12), how)), model


def test_the_same_seed_gives_the_same_bits():
    how = Optimisation(steps=5, batch_size=4, clip_norm=1.0)
    (first, a), (second, b) = run(how), run(how)
    assert first == second
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
    other, _ = run(Optimisation(steps=5, batch_size=4, clip_norm=1.0, seed=1))
    assert [s.loss for s in other] != [s.loss for s in first]


def test_a_batch_depends_on_seed_and_step_alone():
    draw = [torch.rand(3, generator=batch_generator(7, 5)) for _ in range(2)]
    assert torch.equal(*draw)
    assert not torch.equal(draw[0], torch.rand(3, generator=batch_generator(7, 6)))
    assert not torch.equal(draw[0], torch.rand(3, generator=batch_generator(8, 5)))


def test_one_step_of_sgd_by_hand_with_and_without_clipping():
    class One:
        def batch(self, size, generator):
            return torch.full((1, 1), 3.0), torch.zeros(1, 1)

        def loss(self, outputs, targets):
            return (outputs - targets).pow(2).sum()

    for clip, expected in ((None, 1 - 0.1 * 18), (2.0, 1 - 0.1 * 2)):
        model = nn.Linear(1, 1, bias=False)
        with torch.no_grad():
            model.weight.fill_(1.0)
        how = Optimisation(steps=1, optimizer="sgd", learning_rate=0.1, clip_norm=clip)
        (step,) = train(model, One(), how)
        assert step.loss == 9.0
        assert step.metrics["grad_norm"] == pytest.approx(18.0)
        assert step.metrics["grad_norm_clipped"] == pytest.approx(18.0 if clip is None else 2.0, abs=1e-5)
        assert model.weight.item() == pytest.approx(expected, abs=1e-5)


def test_a_loss_that_is_not_finite_is_yielded_and_then_stops_the_run():
    class Broken:
        def batch(self, size, generator):
            return torch.ones(1, 1), torch.zeros(1, 1)

        def loss(self, outputs, targets):
            return outputs.sum() * float("inf")

    model = nn.Linear(1, 1)
    before = model.weight.detach().clone()
    steps = train(model, Broken(), Optimisation(steps=3))
    assert next(steps).loss in (float("inf"), float("-inf"))
    with pytest.raises(Diverged, match=r"the loss is -?inf .*at step 0: lower learning_rate"):
        next(steps)
    assert torch.equal(model.weight, before)


def test_a_gradient_that_is_not_finite_stops_the_run_before_it_spoils_the_weights():
    class Cusp:  # the loss is 0, its gradient 0 / 0
        def batch(self, size, generator):
            return torch.zeros(1, 1), torch.zeros(1, 1)

        def loss(self, outputs, targets):
            return outputs.abs().sqrt().sum()

    model = nn.Linear(1, 1)
    nn.init.zeros_(model.bias)
    steps = train(model, Cusp(), Optimisation(steps=3))
    assert next(steps).loss == 0
    with pytest.raises(Diverged, match=r"the loss is 0\.0 and the norm of its gradient nan at step 0"):
        next(steps)
    assert model.bias.item() == 0


def test_step_k_has_the_same_batch_in_a_longer_run():
    class Noted:
        def __init__(self):
            self.task, self.seen = gv.tasks.adding(8), []

        def batch(self, size, generator):
            self.seen.append(self.task.batch(size, generator))
            return self.seen[-1]

        def loss(self, outputs, targets):
            return self.task.loss(outputs, targets)

    noted = Noted()
    how = Optimisation(steps=4, batch_size=3, seed=11)
    list(train(gv.SequenceModel("rnn", 2, 4, 1), noted, how))
    inputs, _ = gv.tasks.adding(8).batch(3, batch_generator(11, 3))
    assert torch.equal(noted.seen[3][0], inputs)


def test_it_learns():
    torch.manual_seed(0)
    model, task = gv.SequenceModel("gru", 2, 16, 1), gv.tasks.adding(6)
    *_, last = train(model, task, Optimisation(steps=250, learning_rate=1e-2, clip_norm=1.0))
    assert last.loss < task.baseline / 4


class Counting:
    """Ignores the outputs: the metric is the number of its calls."""

    metric_name, metric_goal = "count", "max"

    def __init__(self):
        self.asked = 0

    def batch(self, size, generator):
        return torch.ones(1, 1), torch.zeros(1, 1)

    def loss(self, outputs, targets):
        return outputs.sum()

    def metric(self, outputs, targets):
        assert not torch.is_grad_enabled()
        self.asked += 1
        return torch.tensor(float(self.asked))


def test_it_ends_with_the_first_step_that_reaches_the_target():
    training = Training(nn.Linear(1, 1), Counting(), Optimisation(steps=9, stop_at=3))
    assert [step.metrics["count"] for step in training] == [1, 2, 3]
    assert training.done
    assert list(training) == []

    falling = Counting()
    falling.metric_goal = "min"
    assert len(list(train(nn.Linear(1, 1), falling, Optimisation(steps=9, stop_at=3)))) == 1
    assert len(list(train(nn.Linear(1, 1), falling, Optimisation(steps=9)))) == 9


def test_a_target_needs_a_metric():
    class Plain:
        batch, loss = Counting.batch, Counting.loss

    with pytest.raises(ValueError, match=r"stop_at = 0\.5: must be left out, since the task has no metric"):
        Training(nn.Linear(1, 1), Plain(), Optimisation(steps=1, stop_at=0.5))


class Streams(nn.Module):
    """Adds its input to the carried state; the target is the running sum."""

    carries_state = True

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.given = []

    def segment(self, size, step):
        return torch.full((size, 1), float(step)), torch.zeros(size, 1), step == 3

    def loss(self, outputs, targets):
        return (outputs - targets).mean()

    def forward(self, inputs, state):
        self.given.append(state)
        total = self.weight * inputs if state is None else state[0] + self.weight * inputs
        return total, (total, total)


def test_the_state_is_carried_detached_and_starts_again_when_the_task_says_so():
    both = Streams()
    steps = list(train(both, both, Optimisation(steps=5, batch_size=2, optimizer="sgd", learning_rate=1e-9)))
    assert [step.loss for step in steps] == pytest.approx([0, 1, 3, 3, 7], abs=1e-6)
    assert [step.metrics["grad_norm"] for step in steps] == [0, 1, 2, 3, 4]  # its own inputs alone
    assert [given is None for given in both.given] == [True, False, False, True, False]
    assert all(not part.requires_grad for given in both.given if given for part in given)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
@pytest.mark.parametrize("cut", [0, 1, 4])
def test_a_resumed_training_ends_in_the_same_bits(optimizer, cut):
    task, how = gv.tasks.adding(10), Optimisation(steps=6, batch_size=4, optimizer=optimizer, clip_norm=0.5)
    model = gv.SequenceModel("lstm", 2, 5, 1, num_layers=2, dropout=0.5)
    training, saved = Training(model, task, how), io.BytesIO()
    steps = list(islice(training, cut))
    torch.save(training.state_dict(), saved)
    steps += training
    assert [step.step for step in steps] == list(range(6))

    torch.manual_seed(99)
    again = gv.SequenceModel("lstm", 2, 5, 1, num_layers=2, dropout=0.5)
    resumed = Training(again, task, how)
    saved.seek(0)
    resumed.load_state_dict(torch.load(saved, weights_only=True))
    assert list(resumed) == steps[cut:]
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), again.parameters(), strict=True))


def test_a_carried_state_and_a_reached_target_are_saved_too():
    both, how = Streams(), Optimisation(steps=5, optimizer="sgd", learning_rate=1e-9)
    training = Training(both, both, how)
    assert len(list(islice(training, 2))) == 2
    saved = training.state_dict()
    other = Streams()
    resumed = Training(other, other, how)
    resumed.load_state_dict(saved)
    assert [step.loss for step in resumed] == pytest.approx([3, 3, 7], abs=1e-6)

    reached = Training(nn.Linear(1, 1), Counting(), Optimisation(steps=9, stop_at=1))
    assert len(list(reached)) == 1
    again = Training(nn.Linear(1, 1), Counting(), Optimisation(steps=9, stop_at=1))
    again.load_state_dict(reached.state_dict())
    assert again.done
