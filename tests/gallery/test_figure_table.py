"""Every figure, at a small size: drawn, legible, captioned, with its numbers, in each language."""

import re
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from gallery.small import small_settings
from legible import assert_legible, text_boxes

from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figure_table import FIGURES
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.gallery.translate import translate
from gradviz.gallery.words import LANGUAGES, figure_words, use_language
from gradviz.plots.drawing.fit_text import text_width
from gradviz.plots.drawing.style import STYLES, use_style

EXPECTED = {
    "direct_vs_total", "vanishing", "training_heatmap", "saturation_scatter", "gate_heatmap",
    "time_constants",
    "eigenvalues", "transient", "scalar_gradient", "bifurcation", "cliff", "clipping", "learning_curves",
    "success_by_length", "connectivity", "gradient_paths", "lyapunov", "truncated_bptt", "lstm_anatomy",
    "gru_anatomy", "rnn_anatomy", "lstm_vs_gru", "saturation_heatmap", "char_model",
    "outputs_and_states", "gate_jobs", "holding_a_bit", "early_warning", "whose_steps", "lstm_beside_gru",
}  # fmt: skip
SAME_IN_BOTH = {  # names, symbols and numbers, which no language changes
    "LSTM", "GRU", "RNN", "RNN (tanh)", "RNN, orthogonal",
    "tanh",
    "output (3, 10, 8)",
    "‖dL/dh‖",
}  # fmt: skip


def test_the_lecture_is_complete():
    assert set(FIGURES) == EXPECTED


@pytest.mark.slow
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


def without_formulas(text):
    return re.sub(r"\$[^$]*\$", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_what_it_shows(name, language, small):
    module, data, settings = gallery_figure(name), small(name), small_settings(name)
    with use_language(language):
        caption = module.caption(data, settings)
        claims = module.claims(data, settings)
        notes = module.notes(data, settings)
    assert caption.claim == claims[0].sentence
    assert claims[0].name == "title"
    assert len({claim.name for claim in claims}) == len(claims)
    for part in caption:
        assert len(part) > 20
        assert part == part.strip()
        assert "nan" not in re.split(r"[^a-z]+", part)
    assert all(len(part) > 20 for part in notes)
    assert text_width(caption.claim, size=24, bold=True) < 13.33 * 72 * 0.96, "more than one line of a slide"
    numbers = module.numbers(data, settings)
    assert len(numbers) > 0
    assert all(isinstance(column, str) for column in numbers.columns)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_its_claim_as_title(name, small):
    module, data, settings = gallery_figure(name), small(name), small_settings(name)
    with use_style("paper", dark=True):
        figure = module.compose(data, settings)
        assert figure.get_suptitle().replace("\n", " ") == module.caption(data, settings).claim
        plt.close(figure)


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_a_german_figure_has_no_english_words(name, small):
    module, data, settings = gallery_figure(name), small(name), small_settings(name)
    texts = {}
    for language in LANGUAGES:
        with use_language(language), use_style("slides"):
            figure = module.compose(data, settings)
            translate(figure)
            figure.draw_without_rendering()
            texts[language] = {text for text, _ in text_boxes(figure)}
            plt.close(figure)
    same = {text for text in texts["en"] & texts["de"] if re.search("[a-z]{2}", without_formulas(text))}
    assert same <= SAME_IN_BOTH


def longest(title):
    """A title with numbers of two digits and nouns in the plural."""
    title = re.sub(r"{\w+:word\|[^|]*\|([^}]*)}", r"\1", title)
    title = re.sub(r"{\w+:[^|}]*\|[^|]*\|([^}]*)}", r"00 \1", title)
    return re.sub(r"{[^}]*}", "00", title)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_the_title_of_every_outcome_fits_a_line(name, language):
    words = figure_words(name)
    for key in words.keys():  # noqa: SIM118
        if key.startswith("title.") and key != "title.rule":
            title = longest(words.text(key, language))
            assert text_width(title, size=24, bold=True) < 13.33 * 72 * 0.96, title


@pytest.mark.parametrize("name", FIGURES)
def test_every_outcome_has_words(name):
    words = figure_words(name)
    for part in ("point", "ask", "answer"):
        assert f"notes.{part}" in words.keys()  # noqa: SIM118
    assert len([key for key in words.keys() if key.startswith("title.")]) >= 3  # noqa: SIM118


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_text_can_be_read(name, style, full):
    with use_style(style):
        figure = gallery_figure(name).compose(full(name), figure_settings(name))
        assert_legible(figure)
        plt.close(figure)
