"""The diagrams of the LSTM and of the GRU: what is written and drawn, and what the data decide."""

import numpy as np
import pytest
from gallery.planted_anatomies import OUTCOMES, with_advantages
from gallery.small import small_settings

from gradviz.gallery.anatomy_run import anatomies
from gradviz.gallery.carry_claims import drawn_run
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.gallery.words import use_language
from gradviz.plots.drawing.palette import gradient_map


@pytest.fixture(params=["lstm_anatomy", "gru_anatomy"])
def name(request):
    return request.param


@pytest.fixture
def figure(name):
    return gallery_figure(name)


@pytest.fixture
def data(name, small):
    return small(name)


@pytest.fixture
def settings(name):
    return small_settings(name)


@pytest.mark.parametrize("language", ["en", "de"])
def test_gates_and_their_means_are_written_on_it(language, figure, data, settings):
    with use_language(language):
        board = figure.compose(data, settings).axes[0]
        _, carry = figure.claims(data, settings)
    texts = {text.get_text() for text in board.texts}
    for gate, mean in anatomies(data)[drawn_run(data, figure.CELL)].gates.items():
        number = f"{round(mean, 2) + 0.0:+.2f}" if gate == "candidate" else f"{mean:.2f}"
        number = number.replace("-", "−").replace(".", "," if language == "de" else ".")
        assert any(text.endswith(f"\n{number}") for text in texts)
    assert carry.sentence in texts
    times = f"{carry.numbers['times']:.2g} ×"
    assert {"1 ×", times.replace(".", ",") if language == "de" else times} <= texts


def test_every_wire_is_drawn_in_its_colour(figure, data, settings):
    board = figure.compose(data, settings).axes[0]
    found = anatomies(data)[drawn_run(data, figure.CELL)].wires
    low, high = np.floor(min(found.values())), np.ceil(max(found.values()))
    drawn = {tuple(np.round(line.get_color(), 6)) for line in board.lines if line.get_zorder() == 2}
    for wire, log10 in found.items():
        assert tuple(np.round(gradient_map()((log10 - low) / (high - low)), 6)) in drawn, wire


@pytest.mark.parametrize("planted", OUTCOMES)
def test_the_data_decide_what_is_said(planted, figure, data, settings):
    times, losses, outcome, carry = planted
    data = with_advantages(data, figure.CELL, times, losses)
    claims = figure.claims(data, settings)
    assert [claim.outcome for claim in claims] == [outcome, carry]
    assert figure.compose(data, settings).get_suptitle().replace("\n", " ") == claims[0].sentence
    assert claims[1].sentence in figure.caption(data, settings).alt
    assert claims[1].sentence in figure.notes(data, settings).point


def test_where_none_has_learned_no_runs_are_counted(figure, data, settings):
    data = with_advantages(data, figure.CELL, [20, 15, 12], [0.6, 0.7, 0.8])
    for text in (figure.caption(data, settings).measured, figure.notes(data, settings).point):
        assert "None of the runs has learned the task." in text
        assert "twice" not in text
    data = with_advantages(data, figure.CELL, [20, 15, 12], [0.6, 0.4, 0.3])
    said = "Of the 2 runs that learned the task, in 2 at least twice as much gradient"
    assert said in figure.notes(data, settings).point


def test_the_run_in_the_middle_is_drawn(figure, data, settings):
    data = with_advantages(data, figure.CELL, [30, 11, 5, 19], [0.01, 0.01, 0.9, 0.01])
    assert drawn_run(data, figure.CELL) == 3
    assert figure.claims(data, settings)[1].numbers["times"] == pytest.approx(19)


def test_without_numbers_nothing_is_said(name, figure, data, settings):
    data = with_advantages(data, figure.CELL, [20, np.nan, 12])
    with pytest.raises(ClaimRefused, match=rf"{name}: .* largest = nan"):
        figure.claims(data, settings)
