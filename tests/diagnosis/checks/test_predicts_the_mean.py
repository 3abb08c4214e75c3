"""Outputs that are the same for every input."""

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.mistakes import findings, training

from gradviz.diagnosis.checks.predicts_the_mean import predicts_the_mean

KIND = "predicts_the_mean"


def test_found_with_its_cause():
    tree = training(rate=1e-4, optimizer=torch.optim.SGD)
    (found,) = findings(tree, KIND, lag=5)
    assert (found.severity, found.cause) == ("note", "learning_rate_too_low")
    assert found.amounts[0].value < 0.1
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)


def test_healthy_twins():
    for options in ({}, {"task": "numbers"}, {"iterations": 12, "every": 1}, {"constant": True}):
        assert not findings(training(**options), KIND, lag=5)


def made(*, output=0.01, target=1.0, losses=None):
    losses = [1.0] * 120 if losses is None else losses
    size = len(losses)
    curves = {"output_spread": output, "target_spread": target}
    data = {
        name: ("iteration", np.broadcast_to(np.array(values, float), size))
        for name, values in (curves | {"loss": losses}).items()
        if values is not None
    }
    return xr.DataTree(xr.Dataset(data, {"iteration": np.arange(size)}))


@pytest.mark.parametrize(
    ("options", "is_found"),
    [
        ({}, True),
        ({"output": 0.2}, False),
        ({"output": 0.0}, True),
        ({"target": 0.0}, False),  # constant labels
        ({"output": [0.0] * 80 + [1.0] * 40}, False),  # by now it has learned
        ({"output": [1.0] * 80 + [0.0] * 40}, True),
        ({"losses": [1.0] * 90}, False),  # too early
        ({"losses": np.linspace(2, 1, 120)}, False),  # still falling
        ({"losses": np.linspace(9, 1, 60).tolist() + [1.0] * 60}, True),
    ],
)
def test_limits(options, is_found):
    assert bool(list(predicts_the_mean(made(**options)))) is is_found


def test_remedies():
    def advice(**options):
        (found,) = predicts_the_mean(made(**options))
        return found.remedy

    assert [change.name for change in advice(target=300.0).changes] == ["standardise_target"]
    assert "single batch" in advice().advice


def test_what_was_not_given_is_not_judged():
    assert not list(predicts_the_mean(made(output=None)))
