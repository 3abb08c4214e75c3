"""The LSTM's diagram."""

import numpy as np
import pytest
from gallery.planted_anatomies import OUTCOMES, with_advantages
from gallery.small import small_settings

from gradviz.gallery.anatomy_run import anatomies
from gradviz.gallery.carry_claims import advantage, drawn_run
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import lstm_anatomy as figure
from gradviz.gallery.words import use_language
from gradviz.plots.drawing.palette import gradient_map

SETTINGS = small_settings("lstm_anatomy")


@pytest.mark.parametrize("language", ["en", "de"])
def test_gates_and_their_means_are_written_on_it(language, small):
    data = small("lstm_anatomy")
    with use_language(language):
        board = figure.compose(data, SETTINGS).axes[0]
        _, carry = figure.claims(data, SETTINGS)
    texts = {text.get_text() for text in board.texts}
    for gate, mean in anatomies(data)[drawn_run(data, figure.CELL)].gates.items():
        number = f"{round(mean, 2) + 0.0:+.2f}" if gate == "candidate" else f"{mean:.2f}"
        number = number.replace("-", "−").replace(".", "," if language == "de" else ".")
        assert any(text.endswith(f"\n{number}") for text in texts)
    assert carry.sentence in texts
    assert {"1 ×", f"{carry.numbers['times']:.2g} ×".replace(".", "," if language == "de" else ".")} <= texts


def test_every_wire_is_drawn_in_its_colour(small):
    data = small("lstm_anatomy")
    board = figure.compose(data, SETTINGS).axes[0]
    found = anatomies(data)[drawn_run(data, figure.CELL)].wires
    low, high = np.floor(min(found.values())), np.ceil(max(found.values()))
    drawn = {tuple(np.round(line.get_color(), 6)) for line in board.lines if line.get_zorder() == 2}
    for wire, log10 in found.items():
        assert tuple(np.round(gradient_map()((log10 - low) / (high - low)), 6)) in drawn, wire


@pytest.mark.parametrize(("times", "losses", "outcome", "carry"), OUTCOMES)
def test_the_data_decide_what_is_said(times, losses, outcome, carry, small):
    data = with_advantages(small("lstm_anatomy"), figure.CELL, times, losses)
    claims = figure.claims(data, SETTINGS)
    assert [claim.outcome for claim in claims] == [outcome, carry]
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == claims[0].sentence
    assert claims[1].sentence in figure.caption(data, SETTINGS).alt
    assert claims[1].sentence in figure.notes(data, SETTINGS).point


def test_the_run_in_the_middle_is_drawn(small):
    data = with_advantages(small("lstm_anatomy"), figure.CELL, [30, 11, 5, 19], [0.01, 0.01, 0.9, 0.01])
    assert drawn_run(data, figure.CELL) == 3
    assert figure.claims(data, SETTINGS)[1].numbers["times"] == pytest.approx(19)


def test_without_numbers_nothing_is_said(small):
    data = with_advantages(small("lstm_anatomy"), figure.CELL, [20, np.nan, 12])
    with pytest.raises(ClaimRefused, match=r"lstm_anatomy: .* largest = nan"):
        figure.claims(data, SETTINGS)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("lstm_anatomy")
    assert len(data) == 5
    title, _ = figure.claims(data, figure.Settings())
    assert title.outcome == "carries"
    assert advantage(anatomies(data)[drawn_run(data, figure.CELL)], figure.CELL) > 5
