"""Saturated and closed gates, on the thresholds; a gate that is open on purpose is not one of them."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree

from gradviz.diagnosis.checks.saturated_gates import closed_gate, is_saturated, saturated
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def context(ds, lag=10):
    return DiagnosisContext(tree(ds), "layer", lag)


def severities(check, ds):
    return [finding.severity for finding in check(context(ds))]


@pytest.mark.parametrize(
    ("left", "right", "lost", "expected"),
    [
        (0.45, 0.451, 1, "trouble"),
        (0.44, 0.45, 1, "note"),
        (0.25, 0.25, 1, "note"),
        (0.24, 0.25, 1, None),
        (0.25, 0.25, 6, "trouble"),  # the gradient vanishes too
        (0.25, 0.25, 5.9, "note"),
        (0.19, 0.81, 1, None),  # one-sided: open, on purpose or not
        (0.20, 0.80, 1, "trouble"),
        (0.80, 0.20, 1, "trouble"),
        (0.0, 1.0, 9, None),
    ],
)
def test_saturated(left, right, lost, expected):
    ds = dataset("lstm", decaying(lost), left={"candidate": left}, right={"candidate": right})
    assert severities(saturated, ds) == [expected] * (expected is not None)
    assert is_saturated(context(ds)) == (left + right >= 0.9 and min(left, right) >= 0.2)


def test_it_names_the_worst_gate_and_the_others():
    gates = {"input": 0.3, "candidate": 0.4, "output": 0.45}
    (found,) = saturated(context(dataset("lstm", left=gates, right=gates)))
    assert found.where.gate == "output"
    assert "90% of the output activations" in found.what
    assert "(also saturated: candidate, input)" in found.what


@pytest.mark.parametrize(("norm", "code"), [(5.19, "gv.initialise"), (5.2, "x_mean = x_train.mean(")])
def test_large_inputs(norm, code):
    """With three features, an input is large above 3 times the root of 3."""
    ds = dataset("lstm", left=0.5, right=0.5).assign(
        {
            "input_norm": (("step", "time", "sample"), np.full((1, 11, 2), norm)),
            "input_change": (("step", "time", "sample"), np.ones((1, 11, 2))),
            "input_spread": (("step", "time"), np.ones((1, 11))),
        }
    )
    (found,) = saturated(context(ds))
    assert found.remedy.code.startswith(code)


@pytest.mark.parametrize(("first", "change"), [(0.0, "lower_learning_rate"), (0.3, "initialise")])
def test_whether_saturation_has_come_in_training(first, change):
    at_steps = [dataset("lstm", left=fraction, right=fraction) for fraction in (first, 0.5)]
    ds = xr.concat([one.assign_coords(step=[n]) for n, one in enumerate(at_steps)], "step", data_vars="all")
    (found,) = saturated(context(ds.assign_attrs(at_steps[0].attrs)))
    assert found.severity == "trouble"
    assert [each.name for each in found.remedy.changes] == [change]
    assert ("At the first recorded step 0% were" in found.remedy.advice) == (first == 0)


def test_a_note_advises_nothing():
    (note,) = saturated(context(dataset("lstm", decaying(1), left=0.35, right=0.35)))
    assert (note.severity, note.remedy.advice, note.remedy.code) == ("note", "", "")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(0.951, 0, "trouble"), (0.94, 0, "warning"), (0.5, 0, "warning"), (0.49, 0, None), (0.6, 0.15, None)],
)
def test_closed_output_gate(left, right, expected):
    ds = dataset("lstm", left={"output": left}, right={"output": right})
    assert severities(closed_gate, ds) == [expected] * (expected is not None)
    assert severities(closed_gate, dataset("lstm", left={"input": 1, "forget": 1})) == []
    assert severities(closed_gate, dataset("gru", left={"reset": left})) == []
