"""Gradients below the range of the float type."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, tree
from invented import one

from gradviz.diagnosis.checks.below_float_range import below_float_range
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def found(ds, lag=10):
    return list(below_float_range(DiagnosisContext(tree(ds), "layer", lag)))


@pytest.mark.parametrize(
    ("dtype", "code"),
    [("float32", "set_flush_denormal"), ("bfloat16", "GradScaler"), ("float16", "GradScaler")],
)
def test_below_float_range(dtype, code):
    below = np.zeros((11, 2))
    assert found(dataset(underflow=one(below))) == []
    below[:3, 0] = 1
    (finding,) = found(dataset(underflow=one(below)).assign_attrs(dtype=dtype))
    assert finding.amounts[0].value == pytest.approx(3 / 22)
    assert (finding.severity, code in finding.remedy.code) == ("warning", True)
    assert found(dataset()) == []
