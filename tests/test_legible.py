"""The check of legibility finds what is wrong."""

import matplotlib.pyplot as plt
import pytest
from legible import assert_legible, text_boxes


@pytest.fixture
def ax():
    figure = plt.figure(figsize=(4, 3))
    yield figure.add_axes((0.2, 0.2, 0.7, 0.7))
    plt.close(figure)


def test_an_ordinary_figure_passes(ax):
    ax.set_xlabel("training step")
    assert_legible(ax.figure, at_least=10)
    with pytest.raises(AssertionError):
        assert_legible(ax.figure, at_least=30)


def test_overlap(ax):
    ax.text(0.5, 0.5, "one")
    ax.text(0.52, 0.52, "two")
    with pytest.raises(AssertionError, match="'one' overlaps 'two'"):
        assert_legible(ax.figure)


def test_cut(ax):
    ax.text(0.9, 0.5, "a long sentence")
    with pytest.raises(AssertionError, match="'a long sentence' is cut"):
        assert_legible(ax.figure)


def test_crowded_ticks(ax):
    ax.set_xticks([0.5, 0.51], ["first", "second"])
    with pytest.raises(AssertionError, match="'first' overlaps 'second'"):
        assert_legible(ax.figure)


def test_a_legend_over_a_note(ax):
    ax.plot([0, 1], label="gradient")
    ax.text(0.02, 0.9, "a note", transform=ax.transAxes)
    ax.legend(loc="upper left")
    with pytest.raises(AssertionError, match="'a note' overlaps 'legend: gradient'"):
        assert_legible(ax.figure)


def test_only_what_is_drawn_counts(ax):
    ax.text(0.5, 0.5, "one").set_visible(False)
    ax.set_xlim(0, 0.35)  # the locator keeps labels beyond the view
    said = [name for name, _ in text_boxes(ax.figure)]
    assert "one" not in said
    assert "0.40" not in said
