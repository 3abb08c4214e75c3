"""Marks outside the scale: one for each cell, counted, and fast for many cells."""

import time

import matplotlib.pyplot as plt
import numpy as np

from gradviz.plots.drawing.marks import count_marks, draw_marks, mark_handles, marked_cells


def test_each_cell_has_at_most_one_mark():
    log10 = np.array([[-np.inf, np.inf, np.nan, -50.0, -3.0]])
    marks = marked_cells(log10, np.array([[True, True, True, True, False]]))
    assert {name: np.flatnonzero(mask).tolist() for name, mask in marks.items()} == {
        "zero": [0],
        "underflow": [3],
        "non-finite": [1],
        "missing": [2],
    }
    assert count_marks([marks, marks]) == {"zero": 2, "underflow": 2, "non-finite": 2, "missing": 2}


def test_legend_has_what_occurs_with_its_count():
    counts = count_marks([marked_cells(np.array([[-np.inf, -np.inf, np.nan, -1.0]]))])
    assert [handle.get_label() for handle in mark_handles(counts)] == [
        "exactly zero (2 cells)",
        "nothing recorded (1 cell)",
    ]


def test_drawn_where_the_cells_are():
    ax = plt.figure().add_subplot()
    mask = np.array([[False, True], [False, True], [False, False]])
    draw_marks(ax, {"zero": mask}, np.array([0.0, 1, 2]), np.array([0.0, 1, 2, 3]))
    (patch,) = ax.patches
    extent = patch.get_path().get_extents()
    assert (extent.x0, extent.x1, extent.y0, extent.y1) == (1, 2, 0, 2)
    assert patch.get_hatch()


def test_a_hundred_thousand_scattered_marks_in_seconds():
    mask = np.random.default_rng(0).random((800, 800)) < 0.2
    edges = np.arange(801.0)
    ax = plt.figure().add_subplot()
    started = time.process_time()
    draw_marks(ax, {"zero": mask}, edges, edges)
    assert time.process_time() - started < 2  # ten times as long with a Python loop over all segments
