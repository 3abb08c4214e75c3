"""Names of modules with frozen weights, in training curves and back."""

import pytest
import xarray as xr

from gradviz.recording.frozen_modules import frozen_curves, frozen_modules
from gradviz.recording.metrics import curves


def recorded(*names, children=()):
    root = curves({name: {0: 1.0} for name in ("loss", *frozen_curves(names))})
    return xr.DataTree.from_dict({"/": root, **{f"/{child}": xr.Dataset() for child in children}})


@pytest.mark.parametrize("names", [(), ("lstm",), ("encoder.lstm", "frozen_module.x")])
def test_there_and_back(names):
    assert frozen_modules(recorded(*names)) == names


def test_one_that_has_a_record_is_not_among_them():
    assert frozen_modules(recorded("a", "b", children=("b",))) == ("a",)


def test_a_name_that_no_curve_can_have_is_left_out():
    assert frozen_curves(["a/b", "c"]) == {"frozen_module.c": 1.0}
