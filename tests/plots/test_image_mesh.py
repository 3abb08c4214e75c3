"""The mesh that is drawn as an image: pixel for pixel what pcolormesh draws."""

import io
import time

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gradviz.plots.image_mesh import draw_image_mesh

X_EDGES = np.array([0.0, 0.5, 2.0, 2.25, 7.0, 10.0])
Y_EDGES = np.array([-0.5, 0.5, 1.5, 4.0])


def values():
    drawn = np.random.default_rng(0).random((3, 5))
    drawn[1, 2] = np.nan
    return drawn


def pixels(ax):
    ax.axis("off")
    ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba()).copy()


@pytest.mark.parametrize("limits", [(0, 10, -0.5, 4), (-2, 6, -1, 3.3), (2.1, 2.2, 0.6, 0.7)])
def test_same_pixels_as_pcolormesh(limits):
    shown = []
    for draw in (draw_image_mesh, lambda ax, x, y, v: ax.pcolormesh(x, y, np.ma.masked_invalid(v))):
        ax = plt.figure().add_subplot()
        draw(ax, X_EDGES, Y_EDGES, values())
        ax.axis(limits)
        shown.append(pixels(ax))
    np.testing.assert_array_equal(*shown)
    assert len(np.unique(shown[0].reshape(-1, 4), axis=0)) > 1


def test_holds_its_values_and_fills_the_axes():
    ax = plt.figure().add_subplot()
    mesh = draw_image_mesh(ax, X_EDGES, Y_EDGES, values())
    assert ax.collections[0] is mesh
    np.testing.assert_array_equal(mesh.get_array().filled(np.nan), values())
    assert (*ax.get_xlim(), *ax.get_ylim()) == (0, 10, -0.5, 4)


def test_nothing_outside_the_axes():
    ax = plt.figure().add_subplot()
    draw_image_mesh(ax, X_EDGES, Y_EDGES, values())
    drawn = pixels(ax)
    inside = np.zeros(drawn.shape[:2], dtype=bool)
    left, bottom, right, top = ax.bbox.extents.round().astype(int)
    inside[len(drawn) - top : len(drawn) - bottom, left:right] = True
    assert (drawn[~inside] == 255).all()


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_two_million_cells_are_quick_and_small(form):
    ax = plt.figure().add_subplot()
    mesh = np.random.default_rng(0).random((1000, 2000))
    draw_image_mesh(ax, np.arange(2001.0), np.arange(1001.0), mesh, rasterized=True)
    ax.figure.savefig(io.BytesIO(), format="png")  # fonts are looked up once
    page = io.BytesIO()
    started = time.process_time()
    ax.figure.savefig(page, format=form)
    assert time.process_time() - started < 1
    assert len(page.getvalue()) < 2_000_000
