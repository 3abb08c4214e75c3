"""What a user calls things is drawn as it is: never as a formula, and without an error or a warning."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text
from torch import nn

import gradviz as gv
from gradviz.plots.drawing.fit_text import fit_text, text_width
from gradviz.plots.drawing.plain_text import plain_text

NASTY, METRIC = "a$b_{c$", "$x{y$"
ODD = [NASTY, "$", "$$", r"\$x$", r"100 % \alpha_{", "_x", "two\nlines $a_$", "ä λ €", "tab\tend", "\x00$\r"]
FONT = get_font(fontManager.findfont("DejaVu Sans")).get_charmap()
TEXTS = st.text(
    st.one_of(
        st.sampled_from("$_\\%{}^&#~\n\t"), st.sampled_from([chr(code) for code in FONT if code >= 32])
    ),
    min_size=1,
    max_size=12,
)
OF_A_MODEL = {"plot_eigenvalues", "plot_connectivity", "plot_lyapunov"}
PLOTS = sorted(name for name in gv._HOME_OF if name.startswith("plot_") and name not in OF_A_MODEL)
SEVERAL = [name for name in PLOTS if name in ("plot_gradient_norms", "plot_time_constants")]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def tree():
    torch.manual_seed(0)
    model = nn.Module()
    model.add_module(NASTY, nn.GRU(2, 4, batch_first=True))
    module = getattr(model, NASTY)
    with gv.record(model, detail="full") as tape:
        for _ in range(2):
            loss = module(torch.randn(3, 7, 2))[0].square().mean()
            loss.backward()
            tape.step(loss, **{METRIC: 2.0})
    assert list(tape.tree.children) == [NASTY]
    return tape.tree


def render(figure):
    figure.savefig(io.BytesIO(), format="png", dpi=40)


def drawn(figure):
    """The texts of a figure as they are drawn."""
    shown = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [read(text) for text in shown if text.get_text()]


def read(text):
    return text._preprocess_math(text.get_text())[0]


def in_one_line(text):
    """Without white space, as lines may have been broken, and as unprintable characters are drawn."""
    return "".join(plain_text(text).replace(r"\$", "$").split())


def shows(figure, text):
    return any(in_one_line(text) in "".join(words.split()) for words in drawn(figure))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_text_is_drawn_as_it_is(text):
    artist = Text(text=plain_text(text))
    words, is_formula = artist._preprocess_math(artist.get_text())
    assert not is_formula
    assert words == text.replace("\t", "\N{REPLACEMENT CHARACTER}")


def test_unprintable_characters():
    assert plain_text("a\x00b\r\nc\ud800") == "a\ufffdb\nc\ufffd"
    assert plain_text(3) == "3"


@pytest.mark.parametrize("text", ODD)
def test_width_and_lines_of_any_text(text):
    assert text_width(text.split("\n")[0], size=10) >= 0
    assert fit_text(text, width=1e6, size=10).split() == text.split()


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_of_a_module_with_a_formula_for_a_name(name, tree):
    options = {"text": "a$b\\_%"} if name == "plot_text" else {}
    data = tree
    if name == "plot_text":
        options["text"] += "$"
    ax = getattr(gv, name)(data, **options)
    render(ax.figure)


@pytest.mark.parametrize("name", SEVERAL)
def test_labels_of_runs(name, tree):
    ax = getattr(gv, name)(dict.fromkeys(ODD, tree))
    render(ax.figure)
    for text in ODD:
        assert shows(ax.figure, text)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS.filter(str.strip))
def test_titles_labels_and_baselines(text, tree):
    figure = gv.figure_comparison({text: tree}, title=text, baseline=0.5, baseline_meaning=text)
    render(figure)
    words = ["".join(each.split()) for each in drawn(figure)]
    assert sum(in_one_line(text) in each for each in words) >= 3
    plt.close(figure)


@pytest.mark.parametrize("text", ODD[-4:])
def test_titles_that_are_odd(text, tree):
    figure = gv.figure_comparison({text: tree}, title=text, baseline=0.5, baseline_meaning=text)
    render(figure)
    assert shows(figure, text)


def test_the_name_of_a_metric(tree):
    ax = gv.plot_learning_curve(tree, metric=METRIC, baseline=1.0, baseline_meaning=NASTY)
    render(ax.figure)
    assert ax.get_ylabel() == plain_text(METRIC)
    assert shows(ax.figure, METRIC)
    assert shows(ax.figure, NASTY)


def test_gates_of_a_recurrence_written_by_hand():
    x, weight = torch.randn(6, 3, 4), torch.randn(4, 4, requires_grad=True)
    with gv.record(nn.Linear(4, 4), detail="full") as tape:
        h = torch.zeros(3, 4)
        for t in range(6):
            gate = torch.sigmoid(x[t] @ weight + h)
            h = gate * h + (1 - gate) * x[t]
            tape.observe("mine", h, time=t, gates={NASTY: gate}, keeps=NASTY)
        h.sum().backward()
    for plot in (
        gv.plot_gate_heatmap,
        gv.plot_gate_histogram,
        gv.plot_gate_saturation,
        gv.plot_unit_saturation,
    ):
        ax = plot(tape.tree)
        render(ax.figure)
        assert shows(ax.figure, NASTY), plot


def test_results_of_a_model():
    torch.manual_seed(0)
    lstm, x = nn.LSTM(2, 4), torch.randn(9, 1, 2)
    for ax in (
        gv.plot_lyapunov(dict.fromkeys(ODD, gv.lyapunov_spectrum(lstm, x))),
        gv.plot_eigenvalues(dict.fromkeys(ODD, gv.hidden_eigenvalues(lstm))),
    ):
        render(ax.figure)
        for text in ODD:
            assert shows(ax.figure, text)


def test_powers_of_ten_are_still_formulas(tree):
    ax = gv.plot_gradient_norms(tree)
    render(ax.figure)
    assert any("10^{" in label.get_text() for label in ax.get_yticklabels())
    assert mpl.rcParams["text.parse_math"]
