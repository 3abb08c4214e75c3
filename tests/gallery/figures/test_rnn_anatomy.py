"""The RNN's diagram."""

import numpy as np
import pytest
import xarray as xr
from gallery.small import small_settings

from gradviz.gallery.anatomy_run import LOG10_GRAD, anatomies
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import rnn_anatomy as figure
from gradviz.plots.drawing.palette import gradient_map

SETTINGS = small_settings("rnn_anatomy")


def planted(data, fractions, *, tanh=0.98):
    """Runs in which one step back leaves these fractions, of which the slope of tanh leaves `tanh`."""
    first = next(iter(data.values())).to_dataset()
    runs = {}
    for seed, fraction in enumerate(fractions):
        run = first.copy(deep=True)
        wires = {"h": 1.0, "sum": tanh, "recurrent": tanh, "input": tanh, "h_before": fraction, "x": 0.06}
        for wire, value in wires.items():
            run[LOG10_GRAD].loc[{"wire": wire}] = np.log10(value)
        runs[f"seed {seed}"] = xr.DataTree(run)
    return runs


def test_fractions_are_written_at_the_wires(small):
    data = planted(small("rnn_anatomy"), [0.5, 0.7, 0.61])
    assert figure.drawn_seed(data) == 2
    board = figure.compose(data, SETTINGS).axes[0]
    numbers = [text.get_text() for text in board.texts if text.get_text().endswith("\u202f%")]
    assert numbers == [
        "100\u202f%",
        "98\u202f%",
        "98\u202f%",
        "61\u202f%",
        "6\u202f%",
    ]


def test_every_wire_is_drawn_in_its_colour(small):
    data = small("rnn_anatomy")
    board = figure.compose(data, SETTINGS).axes[0]
    found = anatomies(data)[figure.drawn_seed(data)].wires
    low, high = np.floor(min(found.values())), np.ceil(max(found.values()))
    shades = [gradient_map()((found[name] - low) / (high - low)) for name in figure_wires()]
    wires = [line for line in board.lines if line.get_zorder() == 2]  # the others are edges
    assert [line.get_color() for line in wires] == [pytest.approx(shade) for shade in shades]


def figure_wires():
    return ["h_before", "recurrent", "sum", "h", "x", "input"]


@pytest.mark.parametrize(
    ("fractions", "tanh", "outcomes"),
    [
        ([0.5, 0.6, 0.7], 0.98, ("shrinks", "weight")),
        ([0.5, 0.5, 0.5], 0.6, ("shrinks", "tanh")),
        ([0.95, 1.0, 1.05], 0.98, ("keeps", "none")),
        ([1.2, 1.3, 1.4], 0.98, ("grows", "none")),
        ([0.8, 0.95, 1.4], 0.98, ("unclear", "none")),
        ([0.95, 1.0, 1.4], 0.98, ("unclear", "none")),
    ],
)
def test_the_data_decide_what_is_said(fractions, tanh, outcomes, small):
    data = planted(small("rnn_anatomy"), fractions, tanh=tanh)
    title, loser = figure.claims(data, SETTINGS)
    assert (title.outcome, loser.outcome) == outcomes
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert loser.sentence in figure.caption(data, SETTINGS).measured
    assert loser.sentence in figure.notes(data, SETTINGS).point


@pytest.mark.parametrize("fractions", [[np.nan], [0.5, np.nan, 0.6], [0.5, 0.6, np.nan]])
def test_without_numbers_nothing_is_said(fractions, small):
    with pytest.raises(ClaimRefused, match=r"rnn_anatomy: .* highest = nan"):
        figure.claims(planted(small("rnn_anatomy"), fractions), SETTINGS)


def test_an_untrained_rnn_loses_the_gradient_in_its_weight(small):
    title, loser = figure.claims(small("rnn_anatomy"), SETTINGS)
    assert (title.outcome, loser.outcome) == ("shrinks", "weight")


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    """By the circular law the weight's spectral radius is 1/√3 = 0.58."""
    title, loser = figure.claims(full("rnn_anatomy"), figure.Settings())
    assert loser.numbers["weight"] == pytest.approx(58, abs=6)
    assert title.numbers["highest"] < 70
