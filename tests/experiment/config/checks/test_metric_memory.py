"""A metric that remembers is found, whatever it remembers with; one with a cache is not."""

import textwrap

import pytest
import torch

from gradviz.experiment.config.checks.metric_memory import remembers
from gradviz.experiment.config.resolve import examine

SOURCES = {
    "a window of the module": """
        import collections
        past = collections.deque(maxlen=100)
        def metric(outputs, targets):
            past.extend((outputs - targets).abs().flatten().tolist())
            return float(len(past) == 100 and max(past) < 0.04)
        """,
    "a count": """
        count = 0
        def metric(outputs, targets):
            global count
            count += 1
            return count
        """,
    "an object": """
        class Recent:
            def __init__(self):
                self.errors = []
            def __call__(self, outputs, targets):
                self.errors.append(float((outputs - targets).abs().max()))
                return max(self.errors)
        metric = Recent()
        """,
    "an exponential mean around it": """
        def make():
            mean = 0.0
            def metric(outputs, targets):
                nonlocal mean
                mean = 0.9 * mean + 0.1 * float((outputs - targets).mean())
                return mean
            return metric
        metric = make()
        """,
}
WITHOUT = {
    "a cache": """
        weights = {}
        def metric(outputs, targets):
            size = len(targets)
            if size not in weights:
                weights[size] = 1 / size
            return (outputs - targets).abs().sum() * weights[size]
        """,
    "one of a batch": """
        import torch
        def metric(outputs, targets):
            return torch.nn.functional.mse_loss(outputs, targets)
        """,
    "one that is NaN": """
        def metric(outputs, targets):
            return float("nan")
        """,
}


def metric_of(text):
    names = {"__name__": "mymetric"}
    exec(textwrap.dedent(text), names)
    return names["metric"]


@pytest.mark.parametrize("text", SOURCES.values(), ids=SOURCES)
def test_a_memory_is_found(text):
    assert remembers(metric_of(text), torch.ones(2, 1), torch.zeros(2, 1))


@pytest.mark.parametrize("text", WITHOUT.values(), ids=WITHOUT)
def test_what_depends_on_the_batch_alone_does_not_remember(text):
    assert not remembers(metric_of(text), torch.ones(2, 1), torch.zeros(2, 1))


def test_an_experiment_with_such_a_metric_is_refused(tmp_path, small):
    (tmp_path / "mymetric.py").write_text(textwrap.dedent(SOURCES["a window of the module"]))
    (mistake,) = examine(small(training__metric="mymetric.py:metric"), tmp_path)
    assert str(mistake).startswith(
        "training.metric = 'mymetric.py:metric': metric(outputs, targets) remembers what it was called with "
        "before; it must depend on these two alone"
    )
