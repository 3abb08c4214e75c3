"""An input that does not change."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, tree, with_input

from gradviz.diagnosis.checks.constant_input import constant_input
from gradviz.diagnosis.context import DiagnosisContext

NAN = np.nan


def severities(ds):
    return [finding.severity for finding in constant_input(DiagnosisContext(tree(ds), "layer", None))]


@pytest.mark.parametrize(
    ("change", "spread", "expected"),
    [(0, 0, ["trouble"]), (0, NAN, ["trouble"]), (0, 1, ["note"]), (1e-30, 0, []), (1, 1, [])],
)
def test_constant_input(change, spread, expected):
    assert severities(with_input(change, spread)) == expected


def test_one_step_or_no_input():
    assert severities(with_input(0, 0, steps=1)) == []
    assert severities(dataset()) == []
