"""Units that are stuck, on their thresholds; a gate that is open on purpose is none of them."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree, unit_means

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.units import (
    closed_gate,
    dead_fraction,
    dead_relu,
    frozen,
    is_saturated,
    saturated,
)
from gradviz.diagnosis.context import DiagnosisContext


def context(ds, lag=10):
    return DiagnosisContext(tree(ds), "layer", lag)


def told(check, ds, lag=10):
    return [(f.kind, f.severity) for f in check(context(ds, lag))]


@pytest.mark.parametrize(
    ("zero", "expected"),
    [
        (1, []),
        (2, [(k.DEAD_RELU, "warning")]),
        (9, [(k.DEAD_RELU, "warning")]),
        (10, [(k.DEAD_RELU, "trouble")]),
        (20, [(k.DEAD_RELU, "trouble")]),
    ],
)
def test_dead_relu(zero, expected):
    left = np.where(np.arange(20) < zero, 1.0, 0.99)[None, None, None, None]
    ds = dataset("rnn_relu", unit_left=left)
    assert told(dead_relu, ds) == expected
    assert dead_fraction(context(ds)) == pytest.approx(zero / 20)
    assert told(dead_relu, dataset("rnn", unit_left=left)) == []
    assert told(dead_relu, ds.drop_vars("unit_left")) == []


@pytest.mark.parametrize(
    ("left", "right", "lost", "expected"),
    [
        (0.45, 0.451, 1, "trouble"),
        (0.44, 0.45, 1, "note"),
        (0.25, 0.25, 1, "note"),
        (0.24, 0.25, 1, None),
        (0.25, 0.25, 6, "trouble"),  # the gradient vanishes besides
        (0.25, 0.25, 5.9, "note"),
        (0.19, 0.81, 1, None),  # one-sided: open, on purpose or not
        (0.20, 0.80, 1, "trouble"),
        (0.80, 0.20, 1, "trouble"),
        (0.0, 1.0, 9, None),
    ],
)
def test_saturated(left, right, lost, expected):
    ds = dataset("lstm", decaying(lost), left={"candidate": left}, right={"candidate": right})
    assert [severity for _, severity in told(saturated, ds)] == [expected] * (expected is not None)
    assert is_saturated(context(ds)) == (left + right >= 0.9 and min(left, right) >= 0.2)


def test_of_several_gates_the_worst_and_the_others_by_name():
    gates = {"input": 0.3, "candidate": 0.4, "output": 0.45}
    (found,) = saturated(context(dataset("lstm", left=gates, right=gates)))
    assert found.where.gate == "output"
    assert "90% of the output activations" in found.what
    assert "(and so are those of candidate, input)" in found.what


@pytest.mark.parametrize(("norm", "code"), [(5.19, "gv.initialise"), (5.2, "x = (x - x.mean()) / x.std()")])
def test_large_inputs(norm, code):
    """Of three features, large is above 3 times their root."""
    ds = dataset("lstm", left=0.5, right=0.5).assign(
        {
            "input_norm": (("step", "time", "sample"), np.full((1, 11, 2), norm)),
            "input_change": (("step", "time", "sample"), np.ones((1, 11, 2))),
            "input_spread": (("step", "time"), np.ones((1, 11))),
        }
    )
    (found,) = saturated(context(ds))
    assert found.remedy.code.startswith(code)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(0.951, 0, "trouble"), (0.94, 0, "warning"), (0.5, 0, "warning"), (0.49, 0, None), (0.6, 0.15, None)],
)
def test_closed_output_gate(left, right, expected):
    ds = dataset("lstm", left={"output": left}, right={"output": right})
    assert [severity for _, severity in told(closed_gate, ds)] == [expected] * (expected is not None)
    assert told(closed_gate, dataset("lstm", left={"input": 1, "forget": 1})) == []
    assert told(closed_gate, dataset("gru", left={"reset": left})) == []


@pytest.mark.parametrize(
    ("cell", "gate", "half"), [("lstm", "input", 0.1 / 11), ("gru", "update", 1 - 0.1 / 11)]
)
@pytest.mark.parametrize(("factor", "expected"), [(0.99, 1), (1.01, 0)])
def test_frozen(cell, gate, half, factor, expected):
    writes = half * factor if cell == "lstm" else 1 - (1 - half) * factor
    ds = dataset(cell, unit_mean=unit_means(cell, **{gate: writes}))
    assert told(frozen, ds) == [(k.FROZEN, "trouble")] * expected


def test_frozen_is_not_said_of_a_single_step_or_without_units():
    gates = unit_means("lstm", input=1e-6)
    assert told(frozen, dataset("lstm", [0.0], unit_mean=gates)) == []
    assert told(frozen, dataset("lstm")) == []
    assert told(frozen, dataset("rnn")) == []


@pytest.mark.parametrize("layer", [0, 1])
def test_the_layer_that_is_frozen_is_named(layer):
    gates = [unit_means("lstm", input=1e-6 if here == layer else 0.5) for here in (0, 1)]
    parts = [dataset("lstm", unit_mean=each).assign_coords(layer=[here]) for here, each in enumerate(gates)]
    both = xr.concat(parts, "layer", data_vars="minimal").assign_attrs(parts[0].attrs)
    (found,) = frozen(context(both))
    assert (found.where.layer, found.amounts[0].value) == (layer, pytest.approx(11e-6))
