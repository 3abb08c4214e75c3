"""What is no recording is refused, with the place that is wrong."""

import pytest

from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.recording.tree import select_module
from gradviz.recording.validate import validate_dataset


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda ds: ds.assign_attrs(cell="transformer"), "attribute 'cell' is 'transformer'"),
        (lambda ds: ds.isel(step=0), "no dim 'step'"),
        (lambda ds: ds.drop_vars("time"), "dim 'time' has no labels"),
        (
            lambda ds: ds.assign_coords(gate=["update", "reset", "candidate"]),
            "gate is update, reset, candidate",
        ),
        (lambda ds: ds.assign_coords(direction=["sideways"]), "direction is sideways; expected forward"),
        (lambda ds: ds.isel(time=[1, 0, 2]), "labels of 'time' do not ascend"),
        (lambda ds: ds.assign(extra=ds[v.GATE_MEAN]), "unknown variable 'extra'"),
        (lambda ds: ds.transpose("time", ...), "has dims"),
    ],
)
def test_spoiled_recordings(moment, recording, spoil, message):
    ds = select_module(recording(moment(0), moment(1)))
    validate_dataset(ds)
    with pytest.raises(BadRecording, match=message):
        validate_dataset(spoil(ds))
