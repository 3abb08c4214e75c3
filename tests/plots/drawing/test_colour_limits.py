"""Limits in whole decades that ignore outliers, and the arrows of a colour bar."""

import numpy as np
import pytest

from gradviz.plots.drawing.colour_limits import decade_norm, extend_of


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (np.linspace(-3.4, -0.6, 1000), (-4, 0)),
        (np.full(10, -2.0), (-3, -2)),
        (np.linspace(-100, 0, 1000), (-12, 0)),
        (np.array([np.nan, -np.inf]), (-1, 0)),
    ],
)
def test_whole_decades(values, limits):
    norm = decade_norm([values])
    assert (norm.vmin, norm.vmax) == limits


def test_an_outlier_does_not_set_the_limits():
    norm = decade_norm([np.linspace(-3.4, -0.6, 1000), np.array([-90.0, 30.0])])
    assert (norm.vmin, norm.vmax) == (-4, 0)


@pytest.mark.parametrize(
    ("values", "ends"),
    [([-1.0, 0.0], "neither"), ([-2.0], "min"), ([1.0, np.inf], "max"), ([-5.0, 5.0], "both")],
)
def test_arrows(values, ends):
    assert extend_of([np.array(values)], (-1, 0)) == ends
