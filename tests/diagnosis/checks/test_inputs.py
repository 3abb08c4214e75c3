"""Inputs that do not change, or change along the wrong axis."""

import numpy as np
import pytest
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.inputs import constant_input, time_and_batch
from gradviz.diagnosis.context import DiagnosisContext

NAN = np.nan


def told(check, change, spread, steps=11, **attributes):
    """``change``, ``spread``: the same at every step."""
    changes = np.full((1, steps, 2), float(change))
    changes[:, 0] = NAN
    ds = dataset(total=np.zeros(steps)).assign(
        {
            "input_norm": (("step", "time", "sample"), np.ones((1, steps, 2))),
            "input_change": (("step", "time", "sample"), changes),
            "input_spread": (("step", "time"), np.full((1, steps), float(spread))),
        }
    )
    return list(check(DiagnosisContext(tree(ds.assign_attrs(attributes)), "layer", None)))


@pytest.mark.parametrize(
    ("change", "spread", "expected"),
    [(0, 0, ["trouble"]), (0, NAN, ["trouble"]), (0, 1, ["note"]), (1e-30, 0, []), (1, 1, [])],
)
def test_constant_input(change, spread, expected):
    assert [finding.severity for finding in told(constant_input, change, spread)] == expected


@pytest.mark.parametrize(
    ("change", "spread", "swapped"),
    [(3, 1, True), (2.99, 1, False), (1, 3, False), (3, 0, False), (3, NAN, False), (0, 0, False)],
)
def test_time_and_batch(change, spread, swapped):
    findings = told(time_and_batch, change, spread, batch_first=1)
    assert [(f.kind, f.severity) for f in findings] == [(k.TIME_AND_BATCH, "warning")] * swapped
    if swapped:
        assert "changes 3.0 times as much" in findings[0].what
        assert findings[0].remedy.code == "model.layer.batch_first = False"


def test_one_step():
    assert told(constant_input, 0, 0, steps=1) == []
    assert told(time_and_batch, 0, 0, steps=1, batch_size=1) == []
    (finding,) = told(time_and_batch, 0, 0, steps=1, batch_size=50)
    assert "50 sequences of a single time step" in finding.what
    assert finding.remedy.code == "model.layer.batch_first = True"
    assert told(time_and_batch, 0, 0, steps=1, batch_size=50, in_a_loop=1) == []


@pytest.mark.parametrize("check", [constant_input, time_and_batch])
def test_no_input(check):
    assert list(check(DiagnosisContext(tree(dataset()), "layer", None))) == []
