"""A state that takes in almost no input, on the threshold."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import called, dataset, tree, unit_means

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.frozen_state import frozen_state
from gradviz.diagnosis.context import DiagnosisContext

INF = np.inf


def context(ds, lag=10):
    return DiagnosisContext(tree(ds), "layer", lag)


def found(ds):
    return [(f.kind, f.severity) for f in frozen_state(context(ds))]


@pytest.mark.parametrize(
    ("cell", "gate", "half"), [("lstm", "input", 0.1 / 11), ("gru", "update", 1 - 0.1 / 11)]
)
@pytest.mark.parametrize(("factor", "expected"), [(0.99, 1), (1.01, 0)])
def test_frozen(cell, gate, half, factor, expected):
    writes = half * factor if cell == "lstm" else 1 - (1 - half) * factor
    ds = dataset(cell, unit_mean=unit_means(cell, **{gate: writes}))
    assert found(ds) == [(k.FROZEN, "trouble")] * expected


def test_calls_do_not_add_up():
    ds = dataset("lstm", unit_mean=unit_means("lstm", input=0.09 / 11))
    assert found(called(ds, ds, ds)) == [(k.FROZEN, "trouble")]


def test_a_single_step_or_no_units():
    gates = unit_means("lstm", input=1e-6)
    assert found(dataset("lstm", [0.0], unit_mean=gates)) == []
    assert found(dataset("lstm")) == []
    assert found(dataset("rnn")) == []


@pytest.mark.parametrize("layer", [0, 1])
def test_the_layer_that_is_frozen_is_named(layer):
    gates = [unit_means("lstm", input=1e-6 if here == layer else 0.5) for here in (0, 1)]
    parts = [dataset("lstm", unit_mean=each).assign_coords(layer=[here]) for here, each in enumerate(gates)]
    both = xr.concat(parts, "layer", data_vars="minimal").assign_attrs(parts[0].attrs)
    (finding,) = frozen_state(context(both))
    assert (finding.where.layer, finding.amounts[0].value) == (layer, pytest.approx(11e-6))
