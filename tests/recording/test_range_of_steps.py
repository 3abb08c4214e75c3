"""The first and the last training step of a recording."""

import xarray as xr

from gradviz.recording.range_of_steps import range_of_steps


def test_of_modules_and_of_curves(record, recording):
    assert range_of_steps(recording(record(4), record(7))) == (0, 7)  # a loss at every iteration
    of_step = {name: xr.Dataset(coords={"step": [step]}) for name, step in (("one", 4), ("other", 7))}
    assert range_of_steps(xr.DataTree.from_dict(of_step)) == (4, 7)
    assert range_of_steps(xr.DataTree()) is None
