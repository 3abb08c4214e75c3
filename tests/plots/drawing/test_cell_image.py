"""Cells as an image: every pixel shows its cell, for any edges, and vector files stay small."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import ListedColormap, Normalize

from gradviz.plots.drawing.cell_image import draw_cells

COLOURS = ListedColormap(["#ff0000", "#00ff00", "#0000ff"]).with_extremes(
    under="#000000", over="#ffff00", bad=(0, 0, 0, 0)
)
NAMED = {
    (255, 0, 0): 0.0,
    (0, 255, 0): 1.0,
    (0, 0, 255): 2.0,
    (0, 0, 0): -9.0,
    (255, 255, 0): 9.0,
    (255, 255, 255): np.nan,
}


def pixels_of(values, x_edges, y_edges, *, size=(120, 80)):
    """Drawn values, shape (pixel row, pixel column), lowest row first."""
    figure = plt.figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    draw_cells(
        ax,
        np.asarray(values),
        np.asarray(x_edges),
        np.asarray(y_edges),
        colours=COLOURS,
        norm=Normalize(0, 3),
    )
    figure.canvas.draw()
    drawn = np.asarray(figure.canvas.buffer_rgba())[::-1, :, :3]
    plt.close(figure)
    return np.array([[NAMED[tuple(pixel)] for pixel in row] for row in drawn.tolist()])


def test_cells_end_at_their_edges():
    drawn = pixels_of([[0, 1], [2, 0]], [0.0, 90, 120], [0.0, 20, 80])
    np.testing.assert_array_equal(drawn[:20, :90], 0)
    np.testing.assert_array_equal(drawn[:20, 90:], 1)
    np.testing.assert_array_equal(drawn[20:, :90], 2)
    np.testing.assert_array_equal(drawn[20:, 90:], 0)


def test_off_the_scale_and_not_finite():
    drawn = pixels_of([[-9.0, 9.0, np.nan, np.inf]], [0.0, 30, 60, 90, 120], [0.0, 80])
    np.testing.assert_array_equal(drawn[0, [15, 45, 75, 105]], [-9, 9, np.nan, np.nan])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.02, 1), min_size=1, max_size=40),
    st.lists(st.floats(0.02, 1), min_size=1, max_size=40),
    st.integers(0, 2**32 - 1),
)
def test_every_pixel_shows_the_cell_that_contains_its_centre(widths, heights, seed):
    x_edges, y_edges = np.cumsum([0.0, *widths]), np.cumsum([0.0, *heights])
    values = np.random.default_rng(seed).integers(0, 3, (len(heights), len(widths))).astype(float)
    drawn = pixels_of(values, x_edges, y_edges, size=(60, 40))
    for row, column in [(0, 0), (39, 59), (7, 31), (22, 5)]:
        x, y = (column + 0.5) / 60 * x_edges[-1], (row + 0.5) / 40 * y_edges[-1]
        near = np.abs(x_edges - x).min() < 1e-9 or np.abs(y_edges - y).min() < 1e-9
        cell = values[np.searchsorted(y_edges, y) - 1, np.searchsorted(x_edges, x) - 1]
        assert near or drawn[row, column] == cell


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_a_vector_file_holds_one_small_image(kind):
    values = np.arange(2_000_000).reshape(1000, 2000) % 3.0
    ax = plt.figure(figsize=(4, 3)).add_subplot()
    draw_cells(ax, values, np.arange(2001.0), np.arange(1001.0), colours=COLOURS, norm=Normalize(0, 3))
    written = io.BytesIO()
    ax.figure.savefig(written, format=kind)
    assert written.getvalue().count(b"<image" if kind == "svg" else b"/Subtype /Image") == 1
    assert len(written.getvalue()) < 500_000
