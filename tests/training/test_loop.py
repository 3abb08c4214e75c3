"""The training loop."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.training.loop import Diverged, Optimisation, batch_generator, train


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
        assert step.grad_norm == pytest.approx(18.0)
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


def test_step_k_sees_the_same_batch_however_long_the_run():
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps = 0"),
        ({"steps": 1, "batch_size": -1}, "batch_size = -1"),
        ({"steps": 1, "learning_rate": 0}, "learning_rate = 0: must be positive"),
        ({"steps": 1, "learning_rate": None}, "learning_rate = None: must be positive"),
        ({"steps": 1, "learning_rate": "fast"}, "learning_rate = 'fast': must be positive"),
        ({"steps": 1, "clip_norm": float("nan")}, "clip_norm = nan"),
        ({"steps": 1, "seed": 1.5}, "seed = 1.5: must be a whole number"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        Optimisation(**options)


def test_an_unknown_optimizer():
    with pytest.raises(UnknownName, match="did you mean 'adam'"):
        Optimisation(steps=1, optimizer="adm")
