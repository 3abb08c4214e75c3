"""A view in place of a transpose, in a training."""

from diagnosis.mistakes import findings, training

KIND = "scrambled_view"


def test_found():
    tree = training(layout="view")
    (found,) = findings(tree, KIND, lag=5)
    assert (found.severity, found.where.module) == ("trouble", "layer")
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 1
    assert "16 sequences of 6 time steps" in found.what
    assert "transpose(0, 1)" in found.remedy.code


def test_healthy_twin():
    assert not findings(training(), KIND, lag=5)
