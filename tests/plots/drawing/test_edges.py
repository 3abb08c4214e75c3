"""Edges of cells, computed by hand."""

import numpy as np
import pytest

from gradviz.plots.drawing.edges import cell_edges


@pytest.mark.parametrize(
    ("labels", "edges"),
    [
        ([0, 1, 2], [-0.5, 0.5, 1.5, 2.5]),
        ([0, 10, 100], [-0.5, 5, 55, 145]),  # nothing is before step 0
        ([5, 7], [4, 6, 8]),
        ([3], [2.5, 3.5]),
        ([-4, -2], [-5, -3, -1]),
    ],
)
def test_half_way_between_labels(labels, edges):
    np.testing.assert_allclose(cell_edges(np.array(labels)), edges)


@pytest.mark.parametrize(("until", "last"), [(10, 10.5), (14, 14.5), (20, 15), (9, 15)])
def test_the_last_cell_ends_at_the_last_step_within_one_gap(until, last):
    assert cell_edges(np.array([0, 10]), until=until)[-1] == last
