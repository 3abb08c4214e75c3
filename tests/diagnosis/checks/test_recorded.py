"""Whether a recording can be believed: replay_error by precision, what is not finite, what is empty."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.recorded import not_finite, nothing_recorded, replay_error
from gradviz.diagnosis.context import DiagnosisContext

INF, NAN = np.inf, np.nan


def found(check, ds):
    return list(check(DiagnosisContext(tree(ds), "layer", None)))


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [("float64", 1e-8), ("float32", 1e-4), ("float16", 2**-6), ("bfloat16", 2**-3), ("something", 1e-4)],
)
def test_parity_by_precision(dtype, limit):
    assert found(replay_error, dataset().assign_attrs(dtype=dtype, replay_error=limit)) == []
    for beyond, severity in ((1.01, "note"), (10.1, "trouble"), (NAN, "trouble")):
        (finding,) = found(replay_error, dataset().assign_attrs(dtype=dtype, replay_error=beyond * limit))
        assert (finding.kind, finding.severity) == (k.REPLAY_ERROR, severity)
        np.testing.assert_equal(finding.amounts[0].value, beyond * limit)


@pytest.mark.parametrize(
    ("total", "state", "fraction", "what"),
    [
        ([0.0, 0, 0, INF], [1.0, 1, 1, 1], 0.25, "gradients"),
        ([0.0, 0, 0, 0], [1.0, NAN, INF, 1], 0.5, "states"),
        ([INF, 0, 0, 0], [NAN, NAN, 1, 1], 0.5, "states"),
        ([0.0, 0, -INF, NAN], [1.0, 1, 1, NAN], None, ""),
    ],
)
def test_not_finite(total, state, fraction, what):
    ds = dataset(total=total)
    ds = ds.assign(state_h=(ds["state_h"].dims, np.stack([state, state], 1)[None, None, None]))
    findings = found(not_finite, ds)
    assert len(findings) == (fraction is not None)
    if findings:
        assert findings[0].amounts[0].value == fraction
        assert f"of the {what} are infinite or not a number" in findings[0].what


def test_a_direction_of_which_nothing_is_known_hides_no_other():
    forward = dataset(total=np.full(4, NAN))
    forward = forward.assign(state_h=forward["state_h"] * NAN)
    reverse = dataset(total=[INF, 0, 0, 0]).assign_coords(direction=["reverse"])
    both = xr.concat([forward, reverse], "direction", data_vars="minimal").assign_attrs(forward.attrs)
    (finding,) = found(not_finite, both)
    assert (finding.where.direction, finding.amounts[0].value) == ("reverse", 0.25)


def test_nothing_recorded():
    finding = nothing_recorded(tree(nothing_recorded="the model did not call lstm"))
    assert finding.severity == "trouble"
    assert "while it was recorded: the model did not call lstm. The layer was" in finding.what
    assert "while it was recorded. The layer was" in nothing_recorded(tree()).what
