"""A softmax or sigmoid before a loss that applies it itself."""

import pytest
import torch
from diagnosis.mistakes import findings, training

KIND = "softmax_twice"
SGD = {"optimizer": torch.optim.SGD, "rate": 0.1}


@pytest.mark.parametrize(
    ("task", "word", "variable"),
    [
        ("classes", "softmax", "softmax_before_log_softmax"),
        ("binary", "sigmoid", "sigmoid_before_logits_loss"),
    ],
)
def test_found(task, word, variable):
    tree = training(task=task, squash=True, iterations=3, every=1)
    (found,) = findings(tree, KIND, lag=5)
    assert word in found.what
    assert found.variables == (variable,)
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 1
    assert [change.name for change in found.remedy.changes] == ["remove_softmax"]


def test_trouble_only_where_nothing_was_learned():
    assert findings(training(squash=True, **SGD), KIND, lag=5)[0].severity == "trouble"
    assert findings(training(squash=True), KIND, lag=5)[0].severity == "warning"


@pytest.mark.parametrize("task", ["classes", "binary", "numbers"])
def test_healthy_twins(task):
    assert not findings(training(task=task, iterations=3, every=1), KIND, lag=5)
