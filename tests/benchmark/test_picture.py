"""Ratios, limits, colours and names, read back from the artists."""

import pytest

from gradviz.benchmark.picture import figure_times, headline, plot_ratios
from gradviz.plots.drawing.palette import CELL_COLOURS


def lines_named(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


@pytest.fixture
def rows(measurement):
    return [
        measurement(case, cell, length, ratio=ratio + 0.001 * length, limit=limit if length == 100 else None)
        for cell in ("rnn", "lstm")
        for case, ratio, limit in (
            ("samples_16", 1.0, 1.2),
            ("every_20", 0.9, 1.03),
            ("loop_retain_grad", 3.0, None),
        )
        for length in (400, 25, 100)
        if case != "every_20" or length <= 100
    ]


def test_lines_are_the_ratios_on_log_axes(rows):
    ax = plot_ratios([row for row in rows if row.cell == "lstm"])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    (line,) = lines_named(ax, "recorded, 16 samples")
    assert line.get_xdata().tolist() == [25, 100, 400]
    assert line.get_ydata().tolist() == pytest.approx([1.025, 1.1, 1.4])
    assert line.get_color() == CELL_COLOURS["lstm"]
    (loop,) = lines_named(ax, "cell in a loop, retain_grad")
    assert loop.get_ydata().tolist() == pytest.approx([3.025, 3.1, 3.4])
    assert loop.get_linestyle() != line.get_linestyle()
    (points,) = lines_named(ax, "recorded, every=20")
    assert points.get_xdata().tolist() == [25, 100]
    assert points.get_linestyle() == "None"


def test_bands_are_the_quartiles(rows):
    ax = plot_ratios([row for row in rows if row.cell == "lstm"])
    corners = {tuple(corner) for corner in ax.collections[0].get_paths()[0].vertices.round(6)}
    assert {(25, 0.975), (25, 1.125), (400, 1.35), (400, 1.5)} <= corners


def test_limits_are_marked_where_they_are_stated(rows):
    ax = plot_ratios([row for row in rows if row.cell == "lstm"])
    marks = lines_named(ax, "limit")
    assert sorted(mark.get_ydata()[0] for mark in marks) == [1.03, 1.2]
    for mark in marks:
        left, right = mark.get_xdata()
        assert left * right == pytest.approx(100**2)


def test_a_panel_for_every_cell_in_its_colour_on_one_scale(rows):
    figure = figure_times(rows)
    first, second = figure.axes
    assert figure.get_suptitle().replace("\n", " ") == headline(rows)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in figure.axes] == ["RNN (tanh)", "LSTM"]
    assert lines_named(first, "recorded, 16 samples")[0].get_color() == CELL_COLOURS["rnn"]
    assert first.get_ylim() == second.get_ylim()
    low, high = first.get_ylim()
    assert low < 0.875  # the lowest quartile
    assert high > 3.5
    assert [text.get_text() for text in first.texts] == ["limit"]
    assert {text.get_text() for text in second.texts} == {
        "recorded,\n16 samples",
        "recorded,\nevery=20",
        "cell in a loop,\nretain_grad",
    }
    assert [tick.get_text() for tick in first.get_xticklabels()] == ["25", "100", "400"]
    assert "1.2" in [tick.get_text() for tick in first.get_yticklabels()]


def test_the_headline_has_the_cheapest_and_the_last_case_at_100_time_steps(rows, measurement):
    assert headline(rows) == (
        "Recorded, 16 samples: 1.1 times the native step at 100 time steps; "
        "cell in a loop, retain_grad: 3.1 times"
    )
    spread = [measurement(cell="rnn", length=50, ratio=1.1), measurement(length=50, ratio=1.3)]
    assert headline(spread) == "Recorded, 16 samples: 1.1 to 1.3 times the native step at 50 time steps"


def test_one_length_leaves_room_beside_the_limit(measurement):
    ax = figure_times([measurement(ratio=1.1, limit=1.2)]).axes[0]
    left, right = ax.get_xlim()
    (mark,) = lines_named(ax, "limit")
    assert left < mark.get_xdata()[0] / 2
    assert right > mark.get_xdata()[1] * 2


def test_cases_that_are_not_training_steps_are_left_out(rows, measurement):
    figure = figure_times([*rows, measurement("step_jacobian_norms", ratio=0.005)])
    for ax in figure.axes:
        assert ax.get_ylim()[0] > 0.5
        assert not [line for line in ax.lines if "Jacobian" in str(line.get_label())]


def test_nothing_to_draw(measurement):
    for rows in ([], [measurement("step_jacobian_norms")]):
        with pytest.raises(ValueError, match="no measurement"):
            figure_times(rows)
