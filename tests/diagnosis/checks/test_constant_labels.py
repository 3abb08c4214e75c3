"""Targets that are the same in every batch."""

from diagnosis.mistakes import findings, training

KIND = "labels_constant"


def test_found():
    tree = training(constant=True)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "trouble"
    assert [amount.value for amount in found.amounts] == [0, 12]
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)


def test_one_batch_may_be_so_by_chance():
    (found,) = findings(training(constant=True, iterations=1), KIND, lag=5)
    assert found.severity == "warning"


def test_healthy_twins():
    assert not findings(training(), KIND, lag=5)
    assert not findings(training(constant=True, batch=1, iterations=3, every=1), KIND, lag=5)
    assert not findings(
        training(batch=2, iterations=12, every=1), KIND, lag=5
    )  # one batch of several has one label only
