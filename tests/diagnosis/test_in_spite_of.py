"""A network that learns is not in trouble; one that does not, or only learns the mean, stays in it."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, decaying, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.diagnose import diagnose

VANISHED = dataset(total=decaying(8))
UNREACHED = dataset(total=np.full(11, -np.inf), direct=np.full(11, -np.inf))


def losses(end, count=40):
    return [1.0] * (count // 2) + [end] * (count - count // 2)


def found(ds, end, **options):
    return [
        (f.kind, f.severity) for f in diagnose(tree(ds, metrics={"loss": losses(end, **options)}), lag=10)
    ]


@pytest.mark.parametrize(
    ("end", "severity"), [(1.0, "trouble"), (0.11, "trouble"), (0.09, "warning"), (0.0, "warning")]
)
def test_a_loss_that_has_fallen(end, severity):
    assert found(VANISHED, end) == [(k.VANISHING, severity)]


@pytest.mark.parametrize(("end", "severity"), [(1.0, "trouble"), (0.05, "warning")])
def test_clipping_is_no_trouble_where_the_task_is_solved(end, severity):
    clipped = {"grad_norm": [10.0] * 40, "grad_norm_clipped": [1.0] * 40, "loss": losses(end)}
    (finding,) = (f for f in diagnose(tree(dataset(), metrics=clipped)) if f.kind == k.CLIPPING)
    assert finding.severity == severity


def test_too_few_losses_tell_nothing():
    assert found(VANISHED, 0.01, count=16) == [(k.VANISHING, "trouble")]


def test_a_loss_of_zero_has_no_gradient():
    assert found(UNREACHED, 0.0) == []
    assert found(UNREACHED, 0.01) == [(k.NO_GRADIENT, "warning")]
    assert found(UNREACHED, 1.0) == [(k.NO_GRADIENT, "trouble")]


@pytest.mark.parametrize(("ratio", "severity"), [(0.01, "trouble"), (0.9, "warning")])
def test_a_large_mean_that_was_learned_is_not_the_task(ratio, severity):
    ds = VANISHED.assign(loss=("step", [0.01]))
    spread = {"output_spread": [ratio], "target_spread": [1.0]}
    recorded = tree(ds, metrics={"loss": losses(0.01)} | {n: v + [np.nan] * 39 for n, v in spread.items()})
    (vanishing,) = (f for f in diagnose(recorded, lag=10) if f.kind == k.VANISHING)
    assert vanishing.severity == severity
