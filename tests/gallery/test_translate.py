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
