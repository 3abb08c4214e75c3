"""A leap and a step from the same point."""

import numpy as np
import pytest

from gradviz.gallery.figures import cliff as figure


def test_the_claim(small):
    data = small("cliff")
    starts, lengths = [], []
    for kind in (figure.PLAIN, figure.CLIPPED):
        path = data[kind].to_dataset()
        w, b = path["w"].values, path["b"].values
        starts.append((w[0], b[0]))
        lengths.append(np.hypot(w[1] - w[0], b[1] - b[0]))
    assert starts[0] == starts[1]
    gradient = 10 ** float(data[figure.PLAIN]["log10_grad_norm"][0])
    assert lengths[0] == pytest.approx(0.01 * gradient, rel=1e-9)
    assert lengths[1] == pytest.approx(0.01 * 25, rel=1e-9)
    assert lengths[0] > 9 * lengths[1]
    after = [float(data[kind]["log10_grad_norm"][1]) for kind in (figure.PLAIN, figure.CLIPPED)]
    assert after[0] < after[1] - 1  # on the plain there is little gradient to come back with


def test_the_wall_is_where_the_start_is_a_fixed_point():
    w = np.array([3.0, 5.0, 8.0])
    np.testing.assert_allclose(w / (1 + np.exp(-0.5)) + figure.wall(w), 0.5)
    np.testing.assert_allclose(figure.wall(w), 0.5 - 0.622459 * w, atol=1e-5)


def test_the_start_is_the_steepest_point(small):
    surface = small("cliff")[figure.SURFACE].to_dataset()
    w, b = figure.steepest(surface)
    at = float(surface["log10_grad_norm"].sel(w=w, b=b))
    assert at == float(surface["log10_grad_norm"].max())
    assert abs(b - figure.wall(np.array(w))) < 0.03


def test_the_map_is_the_error(small):
    ax = figure.compose(small("cliff")).axes[0]
    error = small("cliff")[figure.SURFACE]["error"].transpose("b", "w")
    np.testing.assert_array_equal(ax.images[0].get_array(), error)
