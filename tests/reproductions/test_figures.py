"""Pictures of results: what they draw, and that they are small."""

from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from invented_results import a_result, by_length, measured, some_results

from gradviz.plots.drawing.style import use_style
from gradviz.reproductions.curve_panels import metric_of, trivial_predictor
from gradviz.reproductions.figures import draw_figures
from gradviz.reproductions.paper_picture import draw_paper, picture_alt, shown_points
from gradviz.reproductions.point_panels import measured_names
from gradviz.reproductions.runs_by_point import lines_of_points, numeric_key, runs_by_point
from gradviz.reproductions.summary_picture import draw_summary

pytestmark = pytest.mark.slow  # .ci/run runs them


@pytest.fixture(autouse=True)
def _style():
    with use_style("paper"):
        yield
    plt.close("all")


def titles(figure):
    return [" ".join(ax.get_title(loc="left").split()) for ax in figure.axes]


def test_files_are_small_whole_and_the_same_every_time(tmp_path):
    paths = draw_figures(some_results(), tmp_path / "a")
    assert [path.name for path in paths] == [
        "summary.svg",
        "le2015.svg",
        "pascanu2013.svg",
        "engelken2023.svg",
    ]
    for path in paths:
        assert path.stat().st_size < 42_000
        ElementTree.parse(path)
    again = draw_figures([a_result()], tmp_path / "b")
    assert again[1].read_bytes() == paths[1].read_bytes()


def test_nothing_to_draw(tmp_path):
    assert draw_figures([a_result(runs=[])], tmp_path) == []


def test_the_panels_of_each_kind_of_result():
    assert titles(draw_paper(a_result())) == ["loss", "decades lost over 19 steps"]
    assert titles(draw_paper(by_length())) == [
        "share of runs that learned",
        "loss",
        "decades lost over 20 steps",
    ]
    assert titles(draw_paper(measured())) == [
        "loss",
        "largest Lyapunov exponent after training",
        "largest Lyapunov exponent before training",
    ]


def test_a_claimed_number_takes_the_place_of_the_metric_beside_the_share():
    of_length = by_length()
    runs = [
        run.model_copy(update={"measured": {"lyapunov_after": 0.1 * run.seed, "gate": 1.0}})
        for run in of_length.runs
    ]
    claimed = a_result(runs=runs, expect=[{"metric": "lyapunov_after", "above": 0}])
    last = "largest Lyapunov exponent after training"
    shown = ["share of runs that learned", "decades lost over 20 steps", last]
    assert [" ".join(title.split()) for title in titles(draw_paper(claimed))] == shown


def test_long_names_below_a_measured_number_are_numbers_of_the_legend():
    runs = [
        run.model_copy(update={"point": {"model.cell": cell, "model.hidden_size": size, "task": task}})
        for run in measured().runs[:6]
        for cell, size in (("lstm", 32), ("gru", 37), ("rnn", 66), ("rnn_relu", 64))
        for task in ("copy_memory", "temporal_order")
    ]
    figure = draw_paper(a_result(runs=runs))
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == list("12345678")
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[1] == "2 LSTM, hidden size 32, temporal order (5 of 6 learned)"


def test_points_without_the_number_have_no_place():
    runs = [run for run in measured().runs if run.point == {"model.cell": "lstm"}]
    others = [run.model_copy(update={"measured": {}}) for run in measured().runs if run not in runs]
    figure = draw_paper(a_result(runs=[*runs, *others]))
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == ["LSTM"]


def test_every_run_has_a_curve_faint_if_it_did_not_learn():
    ax = draw_paper(a_result()).axes[1]
    drawn = [line for line in ax.lines if np.isnan(line.get_ydata()).any()]
    curves = {0.35: 0, 0.95: 0}
    for line in drawn:
        curves[line.get_alpha()] += int(np.isnan(line.get_ydata()).sum())  # a gap behind each curve
    assert curves == {0.35: 5, 0.95: 6}
    assert np.nanmax([line.get_ydata()[-2] for line in drawn]) == pytest.approx(8, abs=0.3)


def test_shares_with_wilsons_interval():
    ax = draw_paper(by_length()).axes[0]
    heights = np.concatenate([dots.get_offsets()[:, 1] for dots in ax.collections[1::2]])
    assert sorted(heights) == pytest.approx(sorted([1, 0.5, 0, 1, 4 / 6, 1 / 6]))
    ends = ax.collections[0].get_segments()[1][:, 1]  # 3 of 6
    assert ends == pytest.approx([0.1876, 0.8124], abs=1e-4)


def test_curves_are_those_of_the_length_at_which_half_the_runs_learn():
    points = runs_by_point(by_length().runs)
    assert numeric_key(points) == "task.length"
    assert [point.name for point in shown_points(points)] == [
        "length 20, no clip norm",
        "length 20, clip norm 1.0",
    ]


def test_points_that_differ_in_the_length_alone_share_a_line():
    result = by_length()
    lines = lines_of_points(result, runs_by_point(result.runs))
    assert lines[0] == lines[1] == lines[2] != lines[3] == lines[4] == lines[5]


def test_claimed_numbers_come_first():
    assert measured_names(measured(), most=2) == ["lyapunov_after", "lyapunov_before"]


def test_the_trivial_predictor_and_the_metric():
    result = a_result()
    assert trivial_predictor(result, runs_by_point(result.runs)[0]) == (1 / 6, "always predict 1")
    assert metric_of(a_result(learned={"metric": "accuracy", "above": 0.9})) == "loss"
    own = result.model_copy(update={"table": {"task": {"name": "mine.py:Task"}}})
    assert trivial_predictor(own, runs_by_point(own.runs)[0]) is None


def test_the_summary_has_a_dot_for_each_run_above_if_it_learned():
    axes = draw_summary(some_results()).axes
    for ax, learned, failed in zip(axes, (6, 20), (5, 16), strict=True):
        heights = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == "o"])
        assert (int((heights > 0.5).sum()), int((heights < 0.5).sum())) == (learned, failed)
    assert titles(draw_summary(some_results()))[0] == "one fixed lag AUC .83, no interval (2 points)"


def test_the_alt_text_has_the_numbers():
    text = picture_alt(a_result())
    assert text.startswith("Met in 1 of 3 parts: A ReLU RNN")
    assert "LSTM: 5 of 6 learned; RNN (tanh): 1 of 5 learned." in text
    assert "the 6 runs that learned had lost 2.5 (2.0 to 7.2) decades" in text
