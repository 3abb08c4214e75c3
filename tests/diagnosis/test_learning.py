"""Whether a training has learned, by its loss."""

import numpy as np
import pytest
import xarray as xr

from gradviz.diagnosis.learning import has_learned


@pytest.mark.parametrize(
    ("losses", "learned"),
    [
        ([1.0] * 15 + [0.5] * 15, True),
        ([1.0] * 30, False),
        ([1.0] * 15 + [0.95] * 15, False),
        ([1.0] + [0.1] * 10, None),
        ([-1.0] * 30, None),
        ([1.0] * 20 + [np.inf] * 10, False),
    ],
)
def test_by_hand(losses, learned):
    data = xr.Dataset({"loss": ("iteration", losses)}, {"iteration": np.arange(len(losses))})
    assert has_learned(xr.DataTree(data)) is learned


def test_without_a_loss():
    assert has_learned(xr.DataTree()) is None
