"""A metric against a swept value."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from gradviz.plots.drawing.palette import cell_line
from gradviz.plots.sweep import plot_sweep


@pytest.fixture
def table():
    rows = [
        {"task.length": length, "model.cell": cell, "seed": seed, "loss": length * (1.0 + seed) * factor}
        for length in (10, 20, 40)
        for cell, factor in (("rnn", 2), ("gru", 1))
        for seed in (0, 1, 2)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def test_a_line_of_medians_a_cell_and_a_point_a_run(table):
    ax = plot_sweep(table, ["task.length", "model.cell", "seed"])
    points, line, others, second = ax.lines
    assert sorted(points.get_ydata()) == sorted(table[table["model.cell"] == "rnn"]["loss"])
    assert line.get_xydata().tolist() == [[10, 40], [20, 80], [40, 160]]
    assert second.get_xydata().tolist() == [[10, 20], [20, 40], [40, 80]]
    assert (line.get_color(), second.get_color()) == (cell_line("rnn").colour, cell_line("gru").colour)
    assert len(others.get_xdata()) == 9
    assert [text.get_text() for text in ax.texts] == ["RNN (tanh)", "GRU"]
    assert (ax.get_xlabel(), ax.get_xscale(), ax.get_yscale()) == (
        "length\n(point: a run, line: median)",
        "linear",
        "log",
    )
    assert [label.get_text() for label in ax.get_xticklabels()] == ["10", "20", "40"]


def test_names_at_the_ends_do_not_overlap_and_the_trivial_predictor_has_its_line(table):
    table["loss"] = np.where(table["task.length"] == 40, 1.0, table["loss"])
    ax = plot_sweep(table, ["task.length", "model.cell"], baseline=0.5, baseline_meaning="always predict 1")
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert set(line.get_ydata()) == {0.5}
    texts = {text.get_text(): text for text in ax.texts}
    assert set(texts) == {"RNN (tanh)", "GRU", "always predict 1"}
    first, second = (texts[name].get_position()[1] for name in ("RNN (tanh)", "GRU"))
    height = (
        10 * 1.2 / (ax.get_window_extent().height * 72 / ax.figure.dpi)
    )  # of a line of text, in axes coordinates
    assert abs(first - second) > height


def test_cells_along_the_axis(table):
    ax = plot_sweep(table, ["model.cell", "seed"])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["rnn", "gru"]
    bars = ax.lines[1::2]
    assert [bar.get_xydata().tolist() for bar in bars] == [[[0, 80]], [[1, 40]]]
    assert [bar.get_color() for bar in bars] == [cell_line("rnn").colour, cell_line("gru").colour]
    assert [bar.get_linestyle() for bar in bars] == ["None", "None"]
    assert not ax.texts
    assert ax.get_ylabel() == "loss at the last step"


def test_a_wide_range_is_logarithmic():
    frame = pd.DataFrame({"training.learning_rate": [1e-4, 1e-2], "loss": [-1.0, 2.0]})
    ax = plot_sweep(frame, ["training.learning_rate"])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert ax.get_xlabel() == "learning rate\n(point: a run, line: median)"


def test_a_narrow_range_is_linear_and_has_ticks():
    frame = pd.DataFrame({"seed": [0, 1, 2], "loss": [0.14, 0.17, 0.19]})
    ax = plot_sweep(frame, ["seed"])
    assert ax.get_yscale() == "linear"
    low, high = ax.get_ylim()
    assert sum(low <= tick <= high for tick in ax.get_yticks()) >= 3


def test_runs_without_a_value_are_counted(table):
    table.loc[[0, 1], "loss"] = [np.inf, np.nan]
    ax = plot_sweep(table, ["task.length", "model.cell", "seed"])
    assert ax.get_ylabel().endswith("(2 of 18 runs have no finite value)")
    assert len(ax.lines[0].get_xdata()) == 7
    table["loss"] = np.nan
    with pytest.raises(ValueError, match="no run of this sweep has a finite loss"):
        plot_sweep(table, ["seed"])
    with pytest.raises(ValueError, match="nothing was swept"):
        plot_sweep(table, [])


@pytest.mark.parametrize(("count", "has_each"), [(12, True), (13, False)])
def test_many_numbers_do_not_have_a_tick_each(count, has_each):
    rates = np.geomspace(1e-3, 1e-1, count)
    ax = plot_sweep(
        pd.DataFrame({"training.learning_rate": rates, "loss": rates}), ["training.learning_rate"]
    )
    assert (len(ax.get_xticks()) == count) == has_each
    assert ax.get_xscale() == "log"


@pytest.fixture
def limits():
    """As in a sweep of two keys that go together, against the length."""
    rows = [
        {"task.length": length, "clip_norm": clip, "training.omega": omega, "seed": seed, "loss": loss}
        for length in (10, 20)
        for loss, (clip, omega) in enumerate((("none", "none"), ("1.0", "none"), ("1.0", "2.0")), start=1)
        for seed in (0, 1)
    ]
    return pd.DataFrame(rows)


def test_a_line_for_each_combination_of_the_other_swept_values(limits):
    ax = plot_sweep(limits, ["seed", "task.length", "clip_norm", "training.omega"])
    medians = ax.lines[1::2]
    assert [line.get_xydata().tolist() for line in medians] == [
        [[10, loss], [20, loss]] for loss in (1, 2, 3)
    ]
    assert len({line.get_color() for line in medians}) == 3
    assert [line.is_dashed() for line in medians] == [False, True, True]
    assert [text.get_text() for text in ax.texts] == [
        "clip norm none\nomega none",
        "clip norm 1.0\nomega none",
        "clip norm 1.0\nomega 2.0",
    ]


def test_a_line_for_each_combination_with_the_colour_of_its_cell(table):
    table["model.init"] = np.where(table["seed"] == 0, "default", "orthogonal")
    ax = plot_sweep(table, ["task.length", "model.cell", "model.init"])
    medians = ax.lines[1::2]
    assert [text.get_text() for text in ax.texts] == [
        f"{cell}\ninit {init}" for cell in ("RNN (tanh)", "GRU") for init in ("default", "orthogonal")
    ]
    assert medians[0].get_color() == cell_line("rnn").colour
    assert len({(line.get_color(), line.get_linestyle()) for line in medians}) == 4


def test_names_are_combined_along_the_axis(limits):
    frame = limits[limits["task.length"] == 10]
    ax = plot_sweep(frame, ["seed", "task.length", "clip_norm", "training.omega"])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["none\nnone", "1.0\nnone", "1.0\n2.0"]
    assert [bar.get_ydata().tolist() for bar in ax.lines[1::2]] == [[1, 2, 3]]
    assert ax.get_xlabel().startswith("clip norm\n")


def test_too_many_combinations_are_one_line():
    rates = np.geomspace(1e-3, 1e-1, 9)
    frame = pd.DataFrame({"training.learning_rate": rates, "model.hidden_size": range(9), "loss": rates})
    ax = plot_sweep(frame, ["training.learning_rate", "model.hidden_size"])
    assert len(ax.lines) == 2
    assert not ax.texts


def test_numbers_come_before_names(limits):
    limits["model.init"] = "default"
    limits.loc[::2, "model.init"] = "chrono"
    assert plot_sweep(limits, ["model.init", "task.length"]).get_xlabel().startswith("length")


@pytest.mark.parametrize(
    ("losses", "expected"), [([0.15, 1.6], ["0.2", "0.5", "1"]), ([1e-3, 2.0], ["$", "$"])]
)
def test_a_log_axis_has_two_ticks_or_more(losses, expected):
    ax = plot_sweep(pd.DataFrame({"seed": [0, 1], "loss": losses}), ["seed"])
    low, high = ax.get_ylim()
    ax.figure.draw_without_rendering()
    shown = [
        label.get_text()
        for tick, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
        if low <= tick <= high
    ]
    assert [text[: len(wanted)] for text, wanted in zip(shown, expected, strict=False)] == expected


def test_an_evaluation_is_no_step():
    ax = plot_sweep(
        pd.DataFrame({"seed": [0, 1], "validation_loss": [1, 2]}), ["seed"], metric="validation_loss"
    )
    assert ax.get_ylabel() == "validation loss at the last evaluation"
