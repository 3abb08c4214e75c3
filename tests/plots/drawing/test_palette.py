"""Colours differ with every kind of colour vision, and the colour maps also in grey."""

from itertools import combinations

import numpy as np
import pytest
from colour_vision import EYES, distances, lab_seen

from gradviz.cell_descriptions import CELLS
from gradviz.errors import UnknownName
from gradviz.plots.drawing.palette import (
    CELL_COLOURS,
    GATE_COLOURS,
    MARKS,
    OTHER_GATE_COLOURS,
    PAPER_DARK,
    PAPER_LIGHT,
    gate_colour,
    gate_map,
    gradient_map,
    ink,
    line_of,
    path_line,
    signed_map,
)
from gradviz.plots.drawing.style import use_style

DISTINCT = 20  # distance in L*a*b* of lines in one plot; nine times the just noticeable one
WITH_HATCHING = 10  # distance of areas that also differ in hatching

TOGETHER = {
    "cells": [CELL_COLOURS[cell] for cell in ("rnn", "lstm", "gru", "observed")],
    "gates of an LSTM": [GATE_COLOURS[gate] for gate in CELLS["lstm"].gates],
    "other gates": list(OTHER_GATE_COLOURS),
    "gates of a GRU": [GATE_COLOURS[gate] for gate in CELLS["gru"].gates],
}


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("group", TOGETHER)
def test_colours_of_one_plot_differ(group, eyes):
    apart = distances(TOGETHER[group], eyes)
    assert apart[np.triu_indices(len(apart), 1)].min() >= DISTINCT


@pytest.mark.parametrize("eyes", EYES)
def test_other_gates_differ_from_the_known_ones(eyes):
    known = list(GATE_COLOURS.values())
    apart = distances([*OTHER_GATE_COLOURS, *known], eyes)[
        : len(OTHER_GATE_COLOURS), len(OTHER_GATE_COLOURS) :
    ]
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


@pytest.mark.parametrize(
    "colour", sorted({*CELL_COLOURS.values(), *GATE_COLOURS.values(), *OTHER_GATE_COLOURS})
)
def test_lines_stand_out_from_either_background(colour):
    assert distances([colour, PAPER_LIGHT])[0, 1] >= 35
    assert distances([colour, PAPER_DARK])[0, 1] >= 35


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
