import numpy as np
import pytest

from gradviz.plots.drawing.luminance import luminance


def test_luminance_of_the_primaries():
    assert [luminance(c) for c in np.eye(3)] == pytest.approx([0.2126, 0.7152, 0.0722])
    assert luminance((0.5, 0.5, 0.5)) == pytest.approx(0.2140, abs=1e-4)
