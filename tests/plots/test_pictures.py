"""A few whole pictures, compared with stored ones that were checked by eye.

After an intended change run ``pytest -n 0 tests/plots/test_pictures.py`` with
``--mpl-generate-path=tests/plots/pictures``, and look at every picture.
"""

import numpy as np
import pytest

from gradviz.plots.comparison import figure_comparison
from gradviz.plots.drawing.style import use_style
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms

# a tolerance in grey levels, for a freetype of another build
compare = pytest.mark.mpl_image_compare(
    baseline_dir="pictures", tolerance=4, style="default", savefig_kwargs={"dpi": 60}
)


@pytest.fixture(autouse=True)
def _paper():
    with use_style("paper"):
        yield


def marked(call_record, dataset):
    """Exact zeros, underflow, infinity and padding beside an exponential."""
    norms = -0.4 * np.arange(20)[::-1, None] + np.zeros((20, 4))
    norms[:4], norms[12:14, :], norms[19] = -np.inf, np.inf, np.nan
    below = np.zeros((20, 4))
    below[4:6] = 1
    return dataset([call_record(step, norms, underflow=below[None, None]) for step in (0, 10, 20)])


@compare
def test_heatmap_with_every_mark(call_record, dataset):
    return plot_gradient_heatmap(marked(call_record, dataset)).get_figure()


@compare
def test_norms_of_three_runs(recording):
    runs = {"RNN": ("rnn", 0.4), "LSTM": ("lstm", 0.2), "GRU": ("gru", 0.05)}
    data = {label: recording(cell=cell, rate=rate) for label, (cell, rate) in runs.items()}
    return plot_gradient_norms(data).get_figure()


@compare
def test_scatter_of_saturation(recording):
    return plot_gate_saturation(recording()).get_figure()


@compare
def test_comparison_in_the_dark(recording):
    with use_style("paper", dark=True):
        figure = figure_comparison(
            {"LSTM": recording(rate=0.3), "GRU": recording(cell="gru", rate=0.1)},
            title="The gradient has to cross 11 steps",
            informative=[0, 3],
            baseline=1 / 6,
            baseline_meaning="always predict 1",
        )
        figure.canvas.draw()
        return figure
