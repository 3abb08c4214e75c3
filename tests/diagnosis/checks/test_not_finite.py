"""States, gradients and losses that are infinite or not a number."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis.checks.not_finite import losses_not_finite, not_finite
from gradviz.diagnosis.context import DiagnosisContext

INF, NAN = np.inf, np.nan


def found(ds):
    return list(not_finite(DiagnosisContext(tree(ds), "layer", None)))


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
    findings = found(ds)
    assert len(findings) == (fraction is not None)
    if findings:
        assert findings[0].amounts[0].value == fraction
        assert f"of the {what} are infinite or not a number" in findings[0].what


def test_a_direction_without_gradient_does_not_hide_the_other():
    forward = dataset(total=np.full(4, NAN))
    forward = forward.assign(state_h=forward["state_h"] * NAN)
    reverse = dataset(total=[INF, 0, 0, 0]).assign_coords(direction=["reverse"])
    both = xr.concat([forward, reverse], "direction", data_vars="minimal").assign_attrs(forward.attrs)
    (finding,) = found(both)
    assert (finding.where.direction, finding.amounts[0].value) == ("reverse", 0.25)


@pytest.mark.parametrize(
    ("losses", "fraction", "first"),
    [([1, np.nan, 2, np.inf], 0.25, 3), ([np.inf], 1, 0), ([1, 2], None, None)],
)
def test_losses(losses, fraction, first):
    findings = list(losses_not_finite(tree(metrics={"loss": losses})))
    assert [[amount.value for amount in f.amounts] for f in findings] == (
        [[fraction, first]] if fraction else []
    )
    assert list(losses_not_finite(tree())) == []
