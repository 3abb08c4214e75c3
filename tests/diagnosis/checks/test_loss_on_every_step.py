"""A loss on most time steps."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, decaying, tree, unit_means

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.loss_on_every_step import loss_on_every_step
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(ds, lag=10):
    return list(loss_on_every_step(DiagnosisContext(tree(ds), "layer", lag)))


def test_loss_on_every_step():
    everywhere = dataset(total=decaying(9), direct=decaying(9))
    assert [(f.kind, f.severity) for f in found(everywhere)] == [(k.EVERY_STEP, "note")]
    assert found(dataset()) == []


@pytest.mark.parametrize("total", [[0.0], [0, -INF, -INF], [-INF] * 3])
def test_too_short(total):
    assert found(dataset("lstm", total, unit_mean=unit_means("lstm"))) == []
