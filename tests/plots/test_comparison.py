"""The comparison: one norm, one colour bar, the colours of the cells, the claim, and no overlap."""

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.drawing.palette import CELL_COLOURS
from gradviz.plots.drawing.style import use_style

CLAIM = "The gradient has to cross 60 steps before anything is learned"
LABELS = {"rnn": "RNN (tanh)", "lstm": "LSTM", "gru": "GRU", "rnn_relu": "RNN (relu)"}
FLAT = np.full(31, 0.17)


def draw(recording, cells=("rnn", "lstm", "gru"), **options):
    rates = {"rnn": 0.5, "lstm": 0.2, "gru": 0.05, "rnn_relu": 0.3}
    runs = {LABELS[c]: recording(cell=c, rate=rates[c], loss=FLAT if c == "rnn" else None) for c in cells}
    standard = {"informative": range(3), "baseline": 1 / 6, "baseline_meaning": "always predict 1"}
    return figure_comparison(runs, title=CLAIM, **standard | options)


def texts_of(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_one_norm_and_one_colour_bar(recording):
    figure = draw(recording)
    assert len(figure.axes) == 7
    meshes = [ax.images[0] for ax in figure.axes[:3]]
    assert meshes[0].norm is meshes[1].norm is meshes[2].norm
    assert meshes[0].get_clim() == (-6, 0)


def test_titles_are_the_legend(recording):
    figure = draw(recording)
    titles = {ax.get_title(loc="left") or ax.get_title(): ax for ax in figure.axes[:3]}
    assert set(titles) == {"RNN (tanh)", "LSTM", "GRU"}
    for cell, ax in zip(("rnn", "lstm", "gru"), figure.axes[:3], strict=True):
        colours = {to_hex(t.get_color()) for t in (ax.title, ax._left_title) if t.get_text()}
        assert colours == {CELL_COLOURS[cell]}
    assert figure.get_suptitle() == CLAIM
    assert figure._suptitle.get_horizontalalignment() == "left"


def test_named_once(recording):
    texts = texts_of(draw(recording))
    assert texts.count("informative\ntime steps") == 1
    assert texts.count("always predict 1") == 1


def test_only_the_run_that_has_not_learned_says_so(recording):
    figure = draw(recording)
    notes = [[t.get_text().replace("\n", " ") for t in ax.texts] for ax in figure.axes[3:6]]
    assert ["has not learned" in texts for texts in notes] == [True, False, False]


def test_curves_share_their_scale_and_the_columns_of_the_heatmaps(recording):
    axes = draw(recording).axes
    assert len({ax.get_ylim() for ax in axes[3:6]}) == 1
    for heat, below in zip(axes[:3], axes[3:6], strict=True):
        assert heat.get_xlim() == below.get_xlim() == (-0.5, 30.5)


def test_marks_are_counted_over_all_panels(recording, call_record, dataset):
    zeros = dataset([call_record(s, np.full((12, 2), -np.inf)) for s in (0, 1)], {"loss": {0: 0.1, 1: 0.2}})
    figure = figure_comparison({"a": zeros, "b": zeros, "c": recording()}, title=CLAIM)
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["exactly zero (48 cells)"]


def test_few_recorded_steps_of_thousands(recording):
    figure = figure_comparison(
        {"GRU": recording(cell="gru", steps=(0, 1, 50, 2000)), "LSTM": recording(steps=(100,))}, title=CLAIM
    )
    assert figure.axes[0].get_xlim() == (-0.5, 2000.5)
    assert figure.axes[1].get_xlim() == (99.5, 100.5)


THREE = ("rnn", "lstm", "gru")
FOUR = (*THREE, "rnn_relu")


@pytest.mark.parametrize("style", ["slides", "paper", "notebook"])
@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (THREE, False),
        (FOUR, True),
        pytest.param(THREE, True, marks=pytest.mark.slow),
        pytest.param(FOUR, False, marks=pytest.mark.slow),
    ],
)
def test_nothing_overlaps_and_nothing_is_cut(recording, style, cells, marks):
    def perhaps_marked(**options):
        tree = recording(**options)
        if marks:
            norms = tree["recurrent"]["log10_grad_h"].values
            norms[..., :2, :], norms[..., 3, :], norms[..., 4, :] = -np.inf, np.inf, np.nan
        return tree

    with use_style(style):
        figure = draw(perhaps_marked, cells)
        assert_legible(figure, at_least=21)


def test_errors(recording):
    with pytest.raises(ValueError, match="no recording to compare"):
        figure_comparison({}, title=CLAIM)
    nameless = recording()["recurrent"].to_dataset().drop_attrs(deep=False)
    with pytest.raises(BadRecording, match="'x' does not name its cell"):
        figure_comparison({"x": nameless}, title=CLAIM)


def test_one_lucky_last_batch_is_not_learning(recording):
    loss = np.full(31, 0.17)
    loss[-1] = 0.01
    stuck = recording(loss=np.concatenate([np.full(200, 0.17), loss]))
    figure = figure_comparison({"RNN": stuck}, title="claim", baseline=0.17)
    assert "has not learned" in " ".join(text.get_text() for text in figure.axes[1].texts).replace("\n", " ")
