"""Bars, numbers and reasons, read back from the artists."""

import pytest

from gradviz.benchmark.other_ways import JACOBIAN_WAYS, WAYS
from gradviz.benchmark.others import Comparison
from gradviz.benchmark.others_picture import figure_others, headline_of_others
from gradviz.plots.drawing.palette import CELL_COLOURS


@pytest.fixture
def rows(measurement):
    ratios = {"samples_16": 1.4, "samples_all": 2.0, "loop_retain_grad": 3.0, "loop_hooks": 5.0}
    return [
        *(
            measurement(case, cell, length, ratio=ratio)
            for case, ratio in ratios.items()
            for cell in ("rnn", "lstm")
            for length in (100, 400)
        ),
        measurement("step_jacobian_norms", "lstm", ratio=0.01),
    ]


def test_bars_begin_at_one_and_have_their_numbers(rows):
    figure = figure_others(rows, [Comparison("torchlens", "rnn", reason="not installed")])
    above, below = figure.axes
    assert (above.get_xscale(), below.get_xscale()) == ("log", "log")
    bars = [(bar.get_x(), round(bar.get_x() + bar.get_width(), 6)) for bar in above.patches]
    assert bars == [(1, 1.4), (1, 1.4), (1, 2), (1, 2), (1, 3), (1, 3), (1, 5), (1, 5)]
    colours = {bar.get_facecolor()[:3] for bar in above.patches}
    assert len(colours) == 2
    texts = [text.get_text().strip() for text in above.texts]
    assert texts[:5] == ["1.40", "1.40", "2.00", "2.00", "3.00"]
    assert texts.count("not installed") == 1
    assert texts[-2:] == ["RNN (tanh)", "LSTM"]
    assert above.texts[-1].get_color() == CELL_COLOURS["lstm"]
    assert [bar.get_width() + 1 for bar in below.patches] == pytest.approx([100])
    assert [text.get_text().replace(",\n", ", ") for text in above.get_yticklabels()] == [
        way.title for way in WAYS.values()
    ]
    assert len(below.get_yticklabels()) == len(JACOBIAN_WAYS)
    assert figure.get_suptitle().replace("\n", " ") == headline_of_others(rows)


def test_the_headline_says_which_is_faster(rows, measurement):
    assert headline_of_others(rows) == (
        "Other ways to the gradients of all states take 1.50 to 2.50 times as long as a recording"
    )
    slow = [
        *(one for one in rows if one.case != "samples_all"),
        measurement("samples_all", "lstm", ratio=3.5),
    ]
    assert headline_of_others(slow) == (
        "In 1 of 2 cases another way to the gradients of all states is as fast as a recording, or faster"
    )
    assert headline_of_others([measurement()]) == (
        "Other ways to the gradients of the states were not measured"
    )


def test_nothing_to_draw(measurement):
    with pytest.raises(ValueError, match="no measurement at 100 time steps"):
        figure_others([measurement(length=400)])
