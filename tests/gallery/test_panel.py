"""One panel of several, and every panel of every figure."""

import re

import matplotlib.pyplot as plt
import pytest
from gallery.small import small_settings

from gradviz.errors import UnknownName
from gradviz.gallery.figure_table import FIGURES
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.gallery.panel import keep_panel, name_panel, panel_names
from gradviz.gallery.words import use_language
from gradviz.plots.drawing.style import use_style


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


def test_a_panel_gets_the_names_of_the_axes_above_which_it_stood():
    figure, axes = plt.subplots(2, 1, layout="constrained")
    for ax, title in zip(axes, ("above", "below"), strict=True):
        ax.set(title=title, xlim=(0, 3))
    axes[0].tick_params(labelbottom=False)
    axes[1].set_xlabel("time step")
    keep_panel(figure, "above")
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert ax.get_xlabel() == "time step"
    assert any(label.get_visible() and label.get_text() for label in ax.get_xticklabels())


def test_another_scale_lends_no_names():
    figure, axes = plt.subplots(1, 2, layout="constrained")
    for ax, title, top in zip(axes, ("map", "curve"), (3, 1), strict=True):
        ax.set(title=title, ylim=(0, top))
    axes[0].set_ylabel("bias")
    keep_panel(figure, "curve")
    assert figure.axes[0].get_ylabel() == ""


def test_a_name_of_its_own_and_names_of_axes_are_not_drawn_before(figure):
    ax = figure.axes[3]
    name_panel(ax, "loss, LSTM", x="training step", y="loss")
    assert not ax.xaxis.label.get_visible()
    assert panel_names(figure) == ["LSTM", "LSTM, chrono", "GRU", "loss, LSTM", "", ""]
    keep_panel(figure, "loss")
    assert figure.axes == [ax]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training step", "loss")
    assert ax.xaxis.label.get_visible()


def test_a_named_panel_stays_below_the_titled_one(figure):
    name_panel(figure.axes[3], "loss, LSTM")
    below = figure.axes[3]
    keep_panel(figure, "LSTM")
    assert below in figure.axes


def test_a_panel_of_a_grid_in_a_grid_gets_the_height():
    figure = plt.figure(layout="constrained")
    rows = figure.add_gridspec(2, 1)
    inner = rows[0].subgridspec(1, 2)
    for place, title in ((inner[0], "loss"), (inner[1], "gradient"), (rows[1], "below")):
        figure.add_subplot(place).set_title(title)
    before = drawn(figure)["loss"]
    keep_panel(figure, "loss")
    assert drawn(figure)["loss"].height > 1.7 * before.height


def is_bar(ax):
    return hasattr(ax, "_colorbar")


def assert_named(ax):
    """Each axis has a name, unless its tick labels are words or it has none; a bar may have a title."""
    for axis in (ax.xaxis, ax.yaxis) if ax.axison else ():
        numbers = [text for text in axis.get_ticklabels() if text.get_visible() and "1" in digits(text)]
        has_name = axis.label.get_visible() and axis.label.get_text()
        assert not numbers or has_name or (is_bar(ax) and ax.get_title("left")), (ax, numbers)


def digits(text):
    return re.sub(r"\d", "1", text.get_text())


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_panel_of_a_figure_stands_alone(name, small):
    def composed():
        figure = gallery_figure(name).compose(small(name), small_settings(name))
        return figure, [ax for ax in figure.axes if not is_bar(ax)]

    with use_style("slides"):
        figure, panels = composed()
        names = panel_names(figure)
        plt.close(figure)
        assert len(set(names)) == len(names)
        for place, panel in enumerate(names if len(names) > 1 else ()):
            assert panel
            figure, panels = composed()
            chosen = panels[place]
            keep_panel(figure, panel)
            figure.draw_without_rendering()
            assert chosen in figure.axes
            assert not chosen.images or sum(map(is_bar, figure.axes)) == 1
            for ax in figure.axes:
                assert_named(ax)
            plt.close(figure)


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_panels_have_names_in_german(name, small):
    with use_language("de"), use_style("slides"):
        names = panel_names(gallery_figure(name).compose(small(name), small_settings(name)))
    assert len(set(names)) == len(names)
    assert all(names) or len(names) == 1
