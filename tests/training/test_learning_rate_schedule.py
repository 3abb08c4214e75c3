"""The learning rate of every step, against torch's schedulers."""

import pytest
import torch
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR, StepLR

import gradviz as gv
from gradviz.training.batch_seeds import batch_generator
from gradviz.training.learning_rate_schedule import Schedule
from gradviz.training.loop import Training
from gradviz.training.optimisation import Optimisation

FULL, STEPS = 0.1, 24
AFTER = {
    "constant": lambda optimizer, steps: ConstantLR(optimizer, factor=1.0),
    "cosine": lambda optimizer, steps: CosineAnnealingLR(optimizer, T_max=steps),
    "step": lambda optimizer, steps: StepLR(optimizer, step_size=5, gamma=0.5),
}


@pytest.mark.parametrize("name", AFTER)
@pytest.mark.parametrize("warmup", [0, 2, 7])
def test_torchs_schedulers_give_the_same(name, warmup):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=FULL)
    if warmup:
        rise = LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
        after = AFTER[name](optimizer, STEPS - warmup)
        scheduler = SequentialLR(optimizer, [rise, after], milestones=[warmup])
    else:
        scheduler = AFTER[name](optimizer, STEPS)
    schedule = Schedule(name, warmup, *((5, 0.5) if name == "step" else ()))
    for step in range(STEPS):
        expected = optimizer.param_groups[0]["lr"]
        assert schedule.rate(FULL, step, steps=STEPS) == pytest.approx(expected, rel=1e-9), step
        optimizer.step()
        scheduler.step()


def test_steps_by_default_are_thirds():
    rates = [Schedule("step").rate(1.0, step, steps=7) for step in range(7)]
    assert rates == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01])


def test_one_step_of_warmup_is_full():
    assert [Schedule(warmup=1).rate(0.2, step, steps=3) for step in range(3)] == [0.2, 0.2, 0.2]


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_training_has_the_rate_in_its_metrics_and_uses_it(optimizer):
    task = gv.tasks.adding(6)
    torch.manual_seed(0)
    model = gv.SequenceModel("gru", 2, 4, 1)
    twin = gv.SequenceModel("gru", 2, 4, 1)
    twin.load_state_dict(model.state_dict())
    how = Optimisation(
        steps=8, batch_size=3, optimizer=optimizer, learning_rate=FULL, schedule=Schedule("cosine", warmup=3)
    )
    steps = list(Training(model, task, how))
    torchs = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}[optimizer](twin.parameters(), lr=FULL)
    for step in steps:
        rate = torchs.param_groups[0]["lr"] = how.rate(step.step)
        assert step.metrics["learning_rate"] == rate
        torchs.zero_grad()
        inputs, targets = task.batch(3, batch_generator(0, step.step))
        task.loss(twin(inputs), targets).backward()
        torchs.step()
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), twin.parameters(), strict=True))


def test_without_a_schedule_there_is_no_such_metric():
    training = Training(gv.SequenceModel("gru", 2, 4, 1), gv.tasks.adding(6), Optimisation(steps=1))
    assert "learning_rate" not in next(iter(training)).metrics


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "cosin"}, "unknown schedule 'cosin'; did you mean 'cosine'"),
        ({"warmup": -1}, "warmup = -1: must be a whole number of at least 0"),
        ({"every": 0}, "every = 0: must be a whole number of at least 1"),
        ({"factor": 0}, "factor = 0: must be a finite number above 0"),
    ],
)
def test_invalid_options(options, message):
    with pytest.raises(ValueError, match=message):
        Schedule(**options)
