"""The simulation itself, against published values."""

import numpy as np
import pytest
from colour_vision import EYES, distances, lab_seen


def test_lab_of_known_colours():
    np.testing.assert_allclose(
        lab_seen(["#ffffff", "#000000", "#ff0000", "#808080"]),
        [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [53.59, 0, 0]],
        atol=0.05,
    )


@pytest.mark.parametrize("eyes", EYES)
def test_grey_stays_grey(eyes):
    np.testing.assert_allclose(lab_seen(["#808080"], eyes), lab_seen(["#808080"]), atol=0.01)


def test_red_and_green_part_only_for_some():
    red, green = "#c04040", "#708030"
    assert distances([red, green])[0, 1] > 60
    assert distances([red, green], "deuteranopia")[0, 1] < 25
    assert distances([red, green], "tritanopia")[0, 1] > 60
