"""When a gradient has crossed."""

import numpy as np
from gallery.planted_training import planted

from gradviz.gallery.crossing import crossed_at, decades_lost


def test_crossed_means_three_times_in_a_row():
    assert crossed_at(planted([9, 2, 2, 9, 2.9, 2, 1, 9], np.ones(5))) == 40
    assert crossed_at(planted([2, 1, 2], np.ones(5))) == 0
    assert crossed_at(planted([9, 2, 2, 3.1], np.ones(5))) == np.inf
    assert crossed_at(planted([2], np.ones(5))) == 0  # no more were recorded


def test_an_underflow_has_not_crossed_and_nan_is_not_known():
    assert crossed_at(planted([np.inf, 2, 2, 2], np.ones(5))) == 10
    assert np.isnan(crossed_at(planted([9, np.nan, 2, 2, 2], np.ones(5))))


def test_decades_by_hand():
    np.testing.assert_allclose(decades_lost(planted([9, 2.5], np.ones(2))), [9, 2.5], rtol=1e-6)
