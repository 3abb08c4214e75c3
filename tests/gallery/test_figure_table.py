"""Every figure, at a small size: drawn, legible, captioned, with its numbers."""

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from legible import assert_legible

from gradviz.gallery.figure_table import FIGURES
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.plots.drawing.fit_text import text_width
from gradviz.plots.drawing.style import STYLES, use_style

EXPECTED = {
    "direct_vs_total", "vanishing", "training_heatmap", "saturation_scatter", "gate_heatmap",
    "time_constants",
    "eigenvalues", "transient", "scalar_gradient", "bifurcation", "cliff", "clipping", "learning_curves",
    "success_by_length", "connectivity", "gradient_paths", "lyapunov", "truncated_bptt", "lstm_anatomy",
    "gru_anatomy", "rnn_anatomy", "lstm_vs_gru", "saturation_heatmap", "char_model",
}  # fmt: skip


def test_the_lecture_is_complete():
    assert set(FIGURES) == EXPECTED


def test_importing_the_gallery_resolves_no_experiment():
    code = """
import importlib, pkgutil
from gradviz.experiment.config import resolve

def fail(*_):
    raise AssertionError("an experiment was resolved")

resolve.resolve = fail
import gradviz.gallery

for module in pkgutil.walk_packages(gradviz.gallery.__path__, "gradviz.gallery."):
    importlib.import_module(module.name)
    print(module.name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(FIGURES.values()) | {"gradviz.gallery.adding_runs"} <= set(done.stdout.splitlines())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_what_it_shows(name, small):
    module, data = gallery_figure(name), small(name)
    caption = module.caption(data)
    for part in caption:
        assert len(part) > 20
        assert part == part.strip()
        assert "nan" not in part.split()
    assert text_width(caption.claim, size=24, bold=True) < 13.33 * 72 * 0.96, "more than one line of a slide"
    numbers = module.numbers(data)
    assert len(numbers) > 0
    assert all(isinstance(column, str) for column in numbers.columns)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_its_claim_as_title(name, small):
    module, data = gallery_figure(name), small(name)
    with use_style("paper", dark=True):
        figure = module.compose(data)
        assert figure.get_suptitle().replace("\n", " ") == module.caption(data).claim
        plt.close(figure)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_text_can_be_read(name, style, full):
    with use_style(style):
        figure = gallery_figure(name).compose(full(name))
        assert_legible(figure)
        plt.close(figure)
