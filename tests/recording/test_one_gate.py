"""One gate by its name."""

import pytest
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.one_gate import one_gate

VALUES = xr.DataArray([[1.0, 2.0], [3.0, 4.0]], {"gate": ["reset", "update"]}, ("time", "gate"))


@pytest.mark.parametrize(("gate", "values"), [("reset", [1, 3]), ("update", [2, 4])])
def test_its_values(gate, values):
    found = one_gate(VALUES, gate)
    assert found.dims == ("time",)
    assert found["gate"].item() == gate
    assert found.values.tolist() == values


def test_one_that_was_not_selected():
    with pytest.raises(BadRecording, match=r"the gate 'new' is needed, and this .* only reset, update along"):
        one_gate(VALUES, "new")
