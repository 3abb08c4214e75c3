"""Positions of labels that would overlap."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from gradviz.plots.drawing.line_labels import LineEnd, label_line_ends, line_end, spread


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([0.1, 0.5], [0.1, 0.5]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.5, 0.52, 0.1], [0.46, 0.56, 0.1]),
        ([0.5, 0.5, 0.5], [0.4, 0.5, 0.6]),
        ([0.0, 0.0, 0.15], [0.0, 0.1, 0.2]),  # not below the axes
        ([0.98, 1.0, 0.5], [0.9, 1.0, 0.5]),
    ],
)
def test_hand_computed(wanted, expected):
    np.testing.assert_allclose(spread(np.array(wanted), 0.1), expected)


def test_never_nearer_than_the_gap():
    places = np.sort(spread(np.random.default_rng(0).uniform(0, 1, 40), 0.05))
    assert np.diff(places).min() >= 0.05 - 1e-12


def test_names_stand_level_with_their_lines_on_a_log_axis():
    _, ax = plt.subplots()
    ax.set_yscale("log")
    ax.set_ylim(1, 100)
    ax.set_xlim(0, 1)
    label_line_ends(ax, [LineEnd(1.0, 10.0, "ten", "#000000")])
    assert ax.texts[0].xyann == pytest.approx((1.03, 0.5))


def test_a_line_ends_at_its_last_finite_value():
    x = np.array([0, 1, 2, 3])
    assert line_end(x, np.array([5.0, np.nan, 7.0, np.inf]), "a", "#000000") == (2, 7, "a", "#000000")
    assert line_end(x, np.full(4, np.nan), "a", "#000000") is None


def test_a_line_without_an_end_has_no_name():
    _, ax = plt.subplots()
    label_line_ends(ax, [None, LineEnd(0.5, 0.5, "one", "#000000")])
    assert [text.get_text() for text in ax.texts] == ["one"]
