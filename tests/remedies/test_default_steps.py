"""How many steps are taken depends on the time of one."""

import itertools
import time

import pytest
import torch
from remedies.trainings import random_labels

from gradviz.remedies.default_steps import default_steps
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.training_case import training_case


@pytest.mark.parametrize(
    ("a_step", "seconds", "steps"),
    [(0.001, 60, 1000), (0.01, 60, 500), (0.1, 60, 50), (0.1, 16, 20), (10.0, 60, 20), (0.07, 60, 100)],
)
def test_eight_trainings_fit(monkeypatch, a_step, seconds, steps):
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock) * a_step)
    case = training_case(random_labels(), "the factory")
    batches = ReplayedBatches(case.batches, torch.device("cpu"))
    assert default_steps(case, batches, seconds=seconds, seed=0) == steps
