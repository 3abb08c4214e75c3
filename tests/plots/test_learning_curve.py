"""The loss, its running median and the trivial predictor."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from gradviz.errors import UnknownName
from gradviz.plots.drawing.palette import CELL_COLOURS, GREY
from gradviz.plots.learning_curve import plot_learning_curve


def test_complete_curve_of_a_tree_and_recorded_steps_of_a_module(recording):
    tree = recording()
    assert len(plot_learning_curve(tree).lines[0].get_xdata()) == 31
    np.testing.assert_array_equal(
        plot_learning_curve(tree["recurrent"].to_dataset()).lines[0].get_xdata(), [0, 10, 20, 30]
    )


def test_faint_raw_and_strong_median(recording):
    loss = np.random.default_rng(0).uniform(0.1, 1, 201)
    ax = plot_learning_curve(recording(steps=(0, 200), loss=loss))
    raw, middle = ax.lines
    np.testing.assert_allclose(raw.get_ydata(), loss)
    assert middle.get_ydata()[100] == np.median(loss[98:103])
    assert raw.get_alpha() < 0.5
    assert to_hex(middle.get_color()) == CELL_COLOURS["lstm"]
    assert ax.get_yscale() == "log"


def test_baseline_is_dashed_grey_and_named(recording):
    ax = plot_learning_curve(recording(), baseline=0.167, baseline_meaning="always predict 1")
    line = ax.lines[2]
    assert list(line.get_ydata()) == [0.167, 0.167]
    assert to_hex(line.get_color()) == GREY
    assert line.is_dashed()
    assert [text.get_text() for text in ax.texts] == ["always predict 1"]


def test_zero_or_negative_values_are_drawn_on_a_linear_scale(recording):
    assert plot_learning_curve(recording(loss=np.linspace(1, 0, 31))).get_yscale() == "linear"


def test_overflow_is_noted(recording):
    loss = np.linspace(1, 2, 31)
    loss[7:] = np.inf
    assert plot_learning_curve(recording(loss=loss)).texts[0].get_text() == "not finite from step 7"


def test_no_such_metric(recording):
    with pytest.raises(UnknownName, match="unknown variable 'los'; did you mean 'loss'"):
        plot_learning_curve(recording(), metric="los")


def test_a_single_step_is_a_dot(recording):
    lines = plot_learning_curve(recording(steps=(0,), loss=[0.5])).lines
    assert (lines[1].get_marker(), lines[1].get_ydata().tolist()) == ("o", [0.5])
    assert plot_learning_curve(recording()).lines[1].get_marker() == "None"


@pytest.mark.parametrize(
    ("loss", "notes"),
    [
        ([np.nan] * 4, ["not a number at any step"]),
        ([1, 0.5, np.nan, np.nan], ["not a number from step 2"]),
        ([1, np.nan, 0.5, np.nan], []),
        ([1, np.inf, np.nan, np.nan], ["not finite from step 1"]),
    ],
)
def test_nan_is_noted(recording, loss, notes):
    ax = plot_learning_curve(recording(steps=(0, 3), loss=loss))
    assert [text.get_text() for text in ax.texts] == notes


def test_the_validation_is_drawn_as_dots_where_there_was_an_evaluation(recording):
    validation = np.full(31, np.nan)
    validation[[9, 19, 30]] = [0.9, 0.6, 0.5]
    tree = recording()
    tree["validation_loss"] = xr.DataArray(validation, dims="iteration")
    ax = plot_learning_curve(tree)
    raw, middle, dots = ax.lines
    assert raw.get_xdata().tolist() == middle.get_xdata().tolist() == list(range(31))
    assert dots.get_xdata().tolist() == [9, 19, 30]
    assert dots.get_ydata().tolist() == [0.9, 0.6, 0.5]
    assert dots.get_marker() == "o"
    assert dots.get_color() == middle.get_color()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["validation"]
    alone = plot_learning_curve(tree, metric="validation_loss")
    assert alone.lines[0].get_xdata().tolist() == [9, 19, 30]


def test_without_a_validation_there_is_no_legend(recording):
    assert plot_learning_curve(recording()).get_legend() is None


def test_of_several_runs_only_some_may_have_a_validation(recording):
    tree = recording()
    tree["validation_loss"] = xr.DataArray(np.where(np.arange(31) == 15, -1.0, np.nan), dims="iteration")
    ax = plot_learning_curve({"with": tree, "without": recording()})
    assert ax.lines[4].get_xdata().tolist() == [15]
    assert ax.get_yscale() == "linear"  # one evaluation is negative
