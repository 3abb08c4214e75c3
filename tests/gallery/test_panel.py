"""One panel of several."""

import matplotlib.pyplot as plt
import pytest

from gradviz.errors import UnknownName
from gradviz.gallery.panel import keep_panel


@pytest.fixture
def figure():
    figure, axes = plt.subplots(2, 3, layout="constrained")
    for ax, title in zip(axes[0], ("LSTM", "LSTM, chrono", "GRU"), strict=True):
        mesh = ax.pcolormesh([[1, 2], [3, 4]])
        ax.set_title(title)
    figure.colorbar(mesh, ax=axes[0])
    figure.suptitle("The GRU beside the LSTM")
    return figure


def drawn(figure):
    figure.draw_without_rendering()
    return {ax.get_title() or "untitled": ax.get_position() for ax in figure.axes}


def test_the_column_and_the_colour_bar_stay(figure):
    before = drawn(figure)["GRU"]
    keep_panel(figure, "gru")
    after = drawn(figure)
    assert [ax.get_title() for ax in figure.axes] == ["GRU", "", ""]
    assert after["GRU"].width > 2 * before.width
    assert figure.get_suptitle() == ""


def test_an_exact_title_comes_before_a_beginning(figure):
    keep_panel(figure, "LSTM")
    assert "LSTM, chrono" not in drawn(figure)


@pytest.mark.parametrize("name", ["lst", "RNN", ""])
def test_no_panel_or_several(figure, name):
    with pytest.raises(UnknownName, match=r"unknown panel .*GRU, LSTM, LSTM, chrono"):
        keep_panel(figure, name)


def test_a_panel_alone_in_its_row_gets_the_height():
    figure, axes = plt.subplots(2, 1, layout="constrained")
    for ax, title in zip(axes, ("above", "below"), strict=True):
        ax.set_title(title)
    before = drawn(figure)["below"]
    keep_panel(figure, "below")
    assert drawn(figure)["below"].height > 1.7 * before.height


def test_a_panel_gets_the_names_of_the_axes_that_it_shared():
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    for ax, title in zip(axes, ("before", "after"), strict=True):
        ax.set_title(title)
    axes[0].set_ylabel("gradient norm")
    keep_panel(figure, "after")
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert ax.get_ylabel() == "gradient norm"
    assert any(label.get_visible() and label.get_text() for label in ax.get_yticklabels())
