"""ReLU units that are always zero, on the thresholds."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.dead_relu import dead_fraction, dead_relu
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def context(ds, lag=10):
    return DiagnosisContext(tree(ds), "layer", lag)


def found(ds):
    return [(f.kind, f.severity) for f in dead_relu(context(ds))]


@pytest.mark.parametrize(
    ("zero", "expected"),
    [
        (9, []),
        (10, [(k.DEAD_RELU, "note")]),
        (14, [(k.DEAD_RELU, "note")]),
        (15, [(k.DEAD_RELU, "warning")]),
        (17, [(k.DEAD_RELU, "warning")]),
        (18, [(k.DEAD_RELU, "trouble")]),
        (20, [(k.DEAD_RELU, "trouble")]),
    ],
)
def test_dead_relu(zero, expected):
    left = np.where(np.arange(20) < zero, 1.0, 0.99)[None, None, None, None]
    ds = dataset("rnn_relu", unit_left=left)
    assert found(ds) == expected
    assert dead_fraction(context(ds)) == pytest.approx(zero / 20)
    assert found(dataset("rnn", unit_left=left)) == []
    assert found(ds.drop_vars("unit_left")) == []
