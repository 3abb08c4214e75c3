"""What plots write by themselves, in another language."""

import matplotlib.pyplot as plt

from gradviz.gallery.translate import translate
from gradviz.gallery.words import use_language


def test_lines_of_the_table_are_replaced():
    figure, ax = plt.subplots()
    ax.set_xlabel("time step\nline: median, band: quartiles over 16 sequences")
    ax.set_title("my own words")
    translate(figure)
    assert ax.get_xlabel().startswith("time step\n")
    with use_language("de"):
        translate(figure)
    assert ax.get_xlabel() == "Zeitschritt\nLinie: Median, Band: Quartile über 16 Sequenzen"
    assert ax.get_title() == "my own words"


def test_numbers_at_ticks_have_a_decimal_comma():
    figure, ax = plt.subplots()
    ax.set_xlim(0, 0.4)
    ax.set_ylim(0, 5000)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xticks([0, 0.2], labels=["0,125", "$0.2$"])
    with use_language("de"):
        translate(figure)
    figure.draw_without_rendering()
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0,125", "$0{,}2$"]
    assert "5\N{NARROW NO-BREAK SPACE}000" in [label.get_text() for label in ax.get_yticklabels()]


def test_numbers_at_a_colour_bar_have_a_decimal_comma():
    figure, axes = plt.subplots(1, 2)
    bars = [figure.colorbar(ax.pcolormesh([[0, 0.3], [0.6, 1]]), ax=ax) for ax in axes]
    bars[1].set_ticks([0, 0.5, 1], labels=["0", "0.5", "1"])
    with use_language("de"):
        translate(figure)
    figure.draw_without_rendering()
    written = [[label.get_text() for label in bar.ax.get_yticklabels()] for bar in bars]
    assert written == [["0,0", "0,2", "0,4", "0,6", "0,8", "1,0"], ["0", "0,5", "1"]]
