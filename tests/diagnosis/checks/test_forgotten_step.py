"""A training that never calls ``tape.step``."""

from diagnosis.mistakes import findings, training

KIND = "step_forgotten"


def test_found():
    tree = training(calls_step=False, iterations=34, every=40)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "warning"
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 34


def test_healthy_twins():
    assert not findings(training(iterations=34, every=40), KIND, lag=5)
    assert not findings(training(calls_step=False, iterations=20, every=40), KIND, lag=5)
