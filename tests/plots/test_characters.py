"""Characters along an axis, as large as the room allows."""

import matplotlib.pyplot as plt
import pytest
from legible import assert_legible

from gradviz.plots.characters import label_characters


@pytest.mark.parametrize("count", [1, 20, 90])
@pytest.mark.parametrize("upwards", [False, True])
def test_characters_never_overlap(count, upwards):
    ax = plt.subplots(layout="constrained")[1]
    (ax.set_ylim if upwards else ax.set_xlim)(-0.5, count - 0.5)
    (ax.set_xticks if upwards else ax.set_yticks)([])
    label_characters(ax, "W" * count, upwards=upwards)
    assert_legible(ax.figure, at_least=count)


def test_as_large_as_other_tick_labels_if_there_is_room():
    ax = plt.subplots()[1]
    label_characters(ax, "abc")
    assert ax.get_xticklabels()[0].get_fontsize() == pytest.approx(plt.rcParams["font.size"])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
