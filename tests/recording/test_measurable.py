"""A recording of which parts were selected is refused in one sentence where too little is left."""

import pytest
import xarray as xr
from diagnosis.recorded import dataset

from gradviz.errors import BadRecording
from gradviz.recording.measurable import check_can_be_measured

WHOLE = dataset("lstm")


def test_a_whole_recording_and_one_label_of_other_dims():
    check_can_be_measured(WHOLE, "layer")
    check_can_be_measured(WHOLE.isel(step=0, layer=0, direction=0, sample=0), "layer")


@pytest.mark.parametrize("dim", ["step", "layer", "direction", "time", "sample"])
def test_nothing_along_a_dim(dim):
    with pytest.raises(BadRecording, match=f"the recording of 'layer' has nothing along '{dim}'"):
        check_can_be_measured(WHOLE.isel({dim: slice(0, 0)}), "layer")


def test_one_gate():
    with pytest.raises(BadRecording, match="has only the gate 'forget', and all are needed"):
        check_can_be_measured(WHOLE.sel(gate="forget"), "layer")


def test_the_only_gate_of_a_cell_may_have_been_selected():
    check_can_be_measured(dataset("rnn").sel(gate="hidden"), "layer")
    without_cell = dataset("rnn").sel(gate="hidden").drop_attrs()
    with pytest.raises(BadRecording, match="has only the gate 'hidden'"):
        check_can_be_measured(without_cell, "layer")


def test_no_variable():
    with pytest.raises(BadRecording, match="the recording of 'layer' holds no variable"):
        check_can_be_measured(xr.Dataset(), "layer")
