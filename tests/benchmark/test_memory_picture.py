"""Megabytes against time steps, read back from the artists."""

import pytest

from gradviz.benchmark.memory_picture import figure_memory, headline, plot_memory
from gradviz.benchmark.peak_memory import Memory
from gradviz.plots.drawing.palette import CELL_COLOURS

MEMORIES = [Memory("lstm", n, 1_000_000 * n, 1_200_000 * n, 100) for n in (25, 100, 400)]


def test_two_lines_in_megabytes_on_log_axes():
    ax = plot_memory(MEMORIES)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    lines = {line.get_label(): line for line in ax.lines}
    assert lines["native"].get_xdata().tolist() == [25, 100, 400]
    assert lines["native"].get_ydata().tolist() == [25.0, 100.0, 400.0]
    assert lines["recorded"].get_ydata().tolist() == [30.0, 120.0, 480.0]
    assert lines["recorded"].get_color() == CELL_COLOURS["lstm"]
    assert {text.get_text() for text in ax.texts} == {"native", "recorded"}


def test_the_headline_says_how_it_grows():
    assert headline(MEMORIES) == (
        "LSTM: recording needs 1.20 to 1.20 times the memory, which grows as T$^{1.00}$"
    )
    assert "grows" not in headline(MEMORIES[:1])
    assert figure_memory(MEMORIES).get_suptitle().startswith("LSTM: recording needs")


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="no memory"):
        figure_memory([])
