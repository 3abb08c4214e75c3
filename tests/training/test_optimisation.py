"""The settings of a training are checked."""

import pytest
import torch

from gradviz.errors import UnknownName
from gradviz.training.learning_rate_schedule import Schedule
from gradviz.training.optimisation import Optimisation


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps = 0"),
        ({"steps": 1, "batch_size": -1}, "batch_size = -1"),
        ({"steps": 1, "learning_rate": 0}, "learning_rate = 0: must be a finite number above 0"),
        ({"steps": 1, "learning_rate": None}, "learning_rate = None: must be a finite number above 0"),
        ({"steps": 1, "learning_rate": "fast"}, "learning_rate = 'fast': must be a finite number above 0"),
        ({"steps": 1, "clip_norm": float("nan")}, "clip_norm = nan"),
        ({"steps": 1, "clip_value": 0.0}, r"clip_value = 0\.0: must be a finite number above 0"),
        (
            {"steps": 1, "clip_norm": 1.0, "clip_value": 2.0},
            r"clip_value = 2\.0: must be left out if clip_norm",
        ),
        ({"steps": 1, "stop_at": float("inf")}, "stop_at = inf: must be a finite number"),
        ({"steps": 1, "momentum": 1.0}, r"momentum = 1\.0: must be a finite number of at least 0"),
        ({"steps": 1, "optimizer": "sgd", "nesterov": 1}, "nesterov = 1: must be true or false"),
        ({"steps": 1, "weight_decay": -1}, "weight_decay = -1: must be a finite number of at least 0"),
        ({"steps": 1, "omega": 0}, "omega = 0: must be a finite number above 0"),
        (
            {"steps": 1, "momentum": 0.9},
            r"momentum = 0\.9: must be left out for optimizer = 'adam'; rmsprop and sgd take it",
        ),
        (
            {"steps": 1, "optimizer": "sgd", "nesterov": True},
            "nesterov = True: needs a momentum above 0",
        ),
        ({"steps": 1, "seed": 1.5}, r"seed = 1\.5: must be a whole number"),
    ],
)
def test_invalid_options(options, message):
    with pytest.raises(ValueError, match=message):
        Optimisation(**options)


def test_an_unknown_optimizer():
    with pytest.raises(UnknownName, match="did you mean 'adam'"):
        Optimisation(steps=1, optimizer="adm")


def test_an_optimizer_may_be_a_function():
    assert Optimisation(steps=1, optimizer=torch.optim.SGD).optimizer is torch.optim.SGD


def test_what_the_optimizer_takes():
    assert Optimisation(steps=1).optimizer_settings() == {}
    assert Optimisation(steps=1, weight_decay=0.0).optimizer_settings() == {"weight_decay": 0.0}
    how = Optimisation(steps=1, optimizer="sgd", momentum=0.9, nesterov=True)
    assert how.optimizer_settings() == {"momentum": 0.9, "nesterov": True}


def test_the_learning_rate_of_a_step():
    assert Optimisation(steps=9, learning_rate=0.5).rate(8) == 0.5
    assert Optimisation(steps=9, learning_rate=0.5, schedule=Schedule(warmup=2)).rate(0) == 0.25
