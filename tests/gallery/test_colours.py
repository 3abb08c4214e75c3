"""Every gallery figure, small: lines and labels stand out, and amber marks informative time steps only."""

import matplotlib.pyplot as plt
import pytest
from contrast import amber_artists, assert_contrast
from gallery.small import small_settings

from gradviz.gallery.figure_table import FIGURES
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.plots.drawing.style import use_style

WIRES_ARE_HEAT = {"rnn_anatomy", "lstm_anatomy", "gru_anatomy"}  # coloured by gradient norm, on a dark board


@pytest.mark.parametrize(
    "dark", [pytest.param(False, id="light"), pytest.param(True, id="dark", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", FIGURES)
def test_lines_and_labels_stand_out_and_amber_means_one_thing(name, dark, small):
    with use_style("slides", dark=dark):
        figure = gallery_figure(name).compose(small(name), small_settings(name))
        assert_contrast(figure, lines=name not in WIRES_ARE_HEAT)
        assert not amber_artists(figure)
        plt.close(figure)
