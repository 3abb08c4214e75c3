"""A training that never calls ``tape.step``."""

import pytest
from diagnosis.mistakes import Mistake, findings, training

from gradviz.errors import StepForgottenWarning

KIND = "step_forgotten"


def test_found():
    with pytest.warns(StepForgottenWarning):
        tree = Mistake(calls_step=False, iterations=34, every=40).record()
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "warning"
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 34


def test_healthy_twins():
    assert not findings(training(iterations=34, every=40), KIND, lag=5)
    assert not findings(training(calls_step=False, iterations=20, every=40), KIND, lag=5)
