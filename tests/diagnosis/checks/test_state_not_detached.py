"""A state that is handed on to the next training step, with its graph and without it."""

from diagnosis.mistakes import HandedOn, findings, training

KIND = "state_not_detached"


def test_found():
    tree = HandedOn().record()
    (found,) = findings(tree, KIND, lag=4)
    assert found.severity == "trouble"
    assert found.where.module == "lstm"
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 1


def test_healthy_twins():
    assert not findings(HandedOn(is_detached=True).record(), KIND, lag=4)
    assert not findings(training(), KIND, lag=9)
