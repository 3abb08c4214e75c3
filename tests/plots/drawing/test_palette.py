"""Colours differ with every kind of colour vision, and the colour maps also in grey."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from colour_vision import EYES, distances, lab_seen

from gradviz.cell_descriptions import CELLS
from gradviz.errors import UnknownName
from gradviz.plots.drawing.luminance import contrast
from gradviz.plots.drawing.named_lines import NAMED_LINES
from gradviz.plots.drawing.palette import (
    AMBER,
    CELL_COLOURS,
    GATE_COLOURS,
    GREY,
    MARKS,
    OTHER_GATE_COLOURS,
    PAPER_DARK,
    PAPER_LIGHT,
    cell_line,
    gate_colour,
    gate_colours,
    gate_map,
    gradient_map,
    ink,
    line_of,
    lines_of,
    named_line,
    path_line,
    signed_map,
)
from gradviz.plots.drawing.style import use_style

LEGIBLE = 3  # contrast of a line or a text with its background
DISTINCT = 20  # distance in L*a*b* of lines in one plot; nine times the just noticeable one
WITH_HATCHING = 10  # distance of areas that also differ in hatching

TOGETHER = {
    "cells": [CELL_COLOURS[cell] for cell in ("rnn", "lstm", "gru", "observed")],
    "gates of an LSTM": [GATE_COLOURS[gate] for gate in CELLS["lstm"].gates],
    "other gates": list(OTHER_GATE_COLOURS["light"]),
    "other gates in the dark": list(OTHER_GATE_COLOURS["dark"]),
    "gates of a GRU": [GATE_COLOURS[gate] for gate in CELLS["gru"].gates],
}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("group", TOGETHER)
def test_colours_of_one_plot_differ(group, eyes):
    apart = distances(TOGETHER[group], eyes)
    assert apart[np.triu_indices(len(apart), 1)].min() >= DISTINCT


@pytest.mark.parametrize("others", OTHER_GATE_COLOURS.values(), ids=OTHER_GATE_COLOURS)
@pytest.mark.parametrize("eyes", EYES)
def test_other_gates_differ_from_the_known_ones(eyes, others):
    apart = distances([*others, *GATE_COLOURS.values()], eyes)[: len(others), len(others) :]
    assert apart.min() >= 15


@pytest.mark.parametrize("eyes", EYES)
def test_marks_differ(eyes):
    apart = distances([mark.colour for mark in MARKS.values()], eyes)
    assert apart[np.triu_indices(len(apart), 1)].min() >= WITH_HATCHING
    assert len({mark.hatch for mark in MARKS.values()}) == len(MARKS)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_paths_differ_in_colour_or_dash(cell, dark):
    with use_style("slides", dark=dark):
        looks = [path_line(path) for path in CELLS[cell].paths]
    for one, other in combinations(looks, 2):
        assert one.dash != other.dash or distances([one.colour, other.colour])[0, 1] >= DISTINCT


@pytest.mark.parametrize("colour", sorted({*CELL_COLOURS.values(), *GATE_COLOURS.values(), GREY}))
def test_colours_are_legible_on_either_background(colour):
    assert contrast(colour, PAPER_LIGHT) >= LEGIBLE
    assert contrast(colour, PAPER_DARK) >= LEGIBLE


def test_colours_of_one_background_are_legible_on_it():
    for colour in (*OTHER_GATE_COLOURS["light"], *(line.on_light for line in NAMED_LINES.values())):
        assert contrast(colour, PAPER_LIGHT) >= LEGIBLE
    for colour in (*OTHER_GATE_COLOURS["dark"], *(line.on_dark for line in NAMED_LINES.values())):
        assert contrast(colour, PAPER_DARK) >= LEGIBLE


@pytest.mark.parametrize("dark", [False, True])
def test_variants_without_a_name_are_legible(dark):
    with use_style("paper", dark=dark):
        lines = [cell_line(cell, variant) for cell in CELL_COLOURS for variant in range(4)]
        background = plt.rcParams["axes.facecolor"]
        assert min(contrast(line.colour, background) for line in lines) >= LEGIBLE
        many = gate_colours([f"gate {n}" for n in range(20)])
        assert min(contrast(colour, background) for colour in many) >= LEGIBLE


def test_informative_time_steps_have_a_colour_of_their_own():
    named = [colour for line in NAMED_LINES.values() for colour in line[:2]]
    for colour in (
        *CELL_COLOURS.values(),
        *GATE_COLOURS.values(),
        *sum(OTHER_GATE_COLOURS.values(), ()),
        *named,
    ):
        assert distances([colour, AMBER])[0, 1] >= DISTINCT


def test_every_named_line_is_unique_and_in_the_hue_of_its_cell():
    for lines in ([(line.on_light, line.dash) for line in NAMED_LINES.values()],
                  [(line.on_dark, line.dash) for line in NAMED_LINES.values()]):  # fmt: skip
        assert len(set(lines)) == len(lines)
    for name, line in NAMED_LINES.items():
        hue = _hue(CELL_COLOURS[name.split("_")[0]])
        for colour in line[:2]:
            assert abs(np.angle(np.exp(1j * (_hue(colour) - hue)))) < np.radians(30), name


def _hue(colour):
    _, a, b = lab_seen([colour])[0]
    return np.arctan2(b, a)


@pytest.mark.parametrize("dark", [False, True])
def test_the_name_decides_the_line_and_not_the_order(dark):
    with use_style("paper", dark=dark):
        some = ["lstm", "gru_chrono", "lstm_bias_1", "rnn"]
        assert lines_of(some)[::-1] == lines_of(some[::-1]) == [named_line(name) for name in some[::-1]]
        assert lines_of(["lstm_bias_1"]) == [named_line("lstm_bias_1")]


def test_runs_that_no_name_fits_differ_by_their_order():
    lines = lines_of(["lstm", "lstm", "lstm_bias_7", "lstm_bias_1", "lstm"])
    assert len(set(lines)) == 5
    assert lines[0] == named_line("lstm")
    assert lines[1] == cell_line("lstm", 1)
    assert lines[3] == named_line("lstm_bias_1")
    assert lines_of(["lstm_bias_7"]) == [cell_line("lstm", 1)] != [named_line("lstm")]
    assert lines_of(["observed"]) == [cell_line("observed")]
    with pytest.raises(UnknownName, match="unknown cell 'lst'"):
        lines_of(["lst"])
    with pytest.raises(UnknownName, match="did you mean 'lstm_chrono'"):
        named_line("lstm_crono")


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("colour_map", [gradient_map, gate_map])
def test_magnitudes_rise_in_lightness(colour_map, eyes):
    lightness = lab_seen(colour_map()(np.linspace(0, 1, 64)), eyes)[:, 0]
    assert np.diff(lightness).min() > 0.1
    assert np.ptp(lightness) > 80


@pytest.mark.parametrize("eyes", EYES)
def test_signed_values_darken_to_both_sides_in_different_hues(eyes):
    lab = lab_seen(signed_map()(np.linspace(0, 1, 65)), eyes)
    assert np.diff(lab[:33, 0]).min() > 0.1
    assert np.diff(lab[32:, 0]).max() < -0.1
    assert np.linalg.norm(lab[0] - lab[-1]) > 2 * DISTINCT


def test_a_gate_keeps_the_colour_of_its_cell():
    assert gate_colour("forget") == CELL_COLOURS["lstm"]
    assert gate_colour("update") == CELL_COLOURS["gru"]
    assert gate_colour("hidden") == CELL_COLOURS["rnn"]
    with pytest.raises(UnknownName, match="unknown gate 'forgt'; did you mean 'forget'"):
        gate_colour("forgt")


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_not_a_cell_is_drawn_in_ink(dark):
    with use_style("paper", dark=dark):
        assert line_of("lstm").colour == CELL_COLOURS["lstm"]
        assert line_of("mine") == line_of(None) == (ink(), "-")
