"""What the demo's figures say follows from their data: every outcome is planted once."""

import json

import numpy as np
import pytest
from contrast import amber_artists, assert_contrast
from legible import assert_legible

from gradviz.gallery import demo_claims as claims
from gradviz.gallery import demo_figures as figures
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.translate import translate
from gradviz.gallery.words import LANGUAGES, figure_words, use_language
from gradviz.plots.drawing.fit_text import text_width
from gradviz.plots.drawing.style import use_style
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import curves

STEPS = (0, 10, 20, 30)
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def recording(cell="lstm", *, lost=(10, 10, 2, 1), learned_at=20, open_gates=(0.0, 0.0, 0.0, 0.0)):
    """Losing so many decades at steps 0, 10, 20, 30; the loss falls from 1/6 at a step, or never."""
    records = []
    for step, decades, opened in zip(STEPS, lost, open_gates, strict=True):
        norms = np.linspace(-decades, 0, 10)[:, None] * np.ones(3)
        gates = np.full((1, 1, 10, GATES[cell]), opened)
        variables = {"log10_grad_h": norms[None, None], "gate_left": 0 * gates, "gate_right": gates}
        records.append(CallRecord(step, "recurrent", cell, np.arange(3), variables, 0.0, {}, 0))
    losses = np.where(np.arange(31) < (99 if learned_at is None else learned_at), 1 / 6, 1e-3)
    attributes = {
        "baseline": 1 / 6,
        "baseline_meaning": "always predict 1",
        "lag": 9,
        "informative": json.dumps([0, 1]),
    }
    return assemble(
        {"recurrent": build_dataset(records)}, curves({"loss": dict(enumerate(losses.tolist()))}), attributes
    )


def recordings(**changed):
    """Of the four networks; keywords change what is given to `recording`, by network."""
    given = {
        "rnn": {"cell": "rnn", "learned_at": None, "lost": (10, 9, 8, 8)},
        "lstm": {},
        "bias": {"lost": (1, 1, 1, 1), "open_gates": (1.0, 0.8, 0.8, 0.8)},
        "gru": {"cell": "gru", "open_gates": (0.0, 0.2, 0.4, 0.6)},
    }
    labels = dict(zip(given, (claims.RNN, claims.LSTM, claims.LSTM_BIAS, claims.GRU), strict=True))
    return {label: recording(**given[one] | changed.get(one, {})) for one, label in labels.items()}


def test_learning_by_hand():
    assert claims.learning(recording(learned_at=20)) == (20, 2.0)
    assert claims.learning(recording(learned_at=12)) == (12, 2.0)
    step, lost = claims.learning(recording(learned_at=None))
    assert step == -1
    assert np.isnan(lost)
    np.testing.assert_allclose(claims.decades_lost(recording()), (10, 10, 2, 1))
    np.testing.assert_allclose(
        claims.open_fraction(recording(open_gates=(0, 0.5, 1, 0.2)), "forget"), (0, 0.5, 1, 0.2)
    )


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "forgets"),
        ({"bias": {"lost": (3, 1, 1, 1)}}, "forgets_anyway"),
        ({"lstm": {"lost": (7, 1, 1, 1)}}, "keeps"),
    ],
)
def test_forgetting(changed, outcome):
    assert claims.claim_forgetting(recordings(**changed)).outcome == outcome


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "arrives"),
        ({"gru": {"cell": "gru", "lost": (10, 10, 9, 1)}}, "before"),
        ({one: {"learned_at": None} for one in ("lstm", "bias", "gru")}, "none"),
    ],
)
def test_training(changed, outcome):
    claim = claims.claim_training(recordings(**changed))
    assert claim.outcome == outcome
    assert claim.numbers["steps"] == 10
    assert claim.numbers["networks"] == 4


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "both"),
        ({"gru": {"open_gates": (0.0, 0.1, 0.2, 0.2)}}, "only_bias"),
        ({"bias": {"open_gates": (0.4, 0.8, 0.8, 0.8)}}, "shut"),
    ],
)
def test_gates(changed, outcome):
    assert claims.claim_gates(recordings(**changed)).outcome == outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [({}, "reaches"), ({"lost": (9, 9, 6, 1)}, "learns_anyway"), ({"learned_at": None}, "not_learned")],
)
def test_characters(given, outcome):
    claim = claims.claim_characters(recording(**given))
    assert claim.outcome == outcome
    assert claim.numbers["window"] == 10


@pytest.mark.parametrize(
    "claim",
    [claims.claim_forgetting, claims.claim_training, claims.claim_gates],
    ids=lambda one: one.__name__,
)
def test_without_numbers_nothing_is_said(claim):
    nothing = {"lost": (np.nan,) * 4, "open_gates": (np.nan,) * 4}
    with pytest.raises(ClaimRefused, match="demo: the data fit no outcome"):
        claim(recordings(lstm=nothing, bias=nothing, gru=nothing))
    with pytest.raises(ClaimRefused):
        claims.claim_characters(recording(lost=(np.nan,) * 4))


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_are_those_of_the_claims_and_fit_a_line(language):
    runs = recordings()
    drawn = {
        claims.claim_forgetting: figures.figure_forgetting,
        claims.claim_training: figures.figure_training,
        claims.claim_gates: figures.figure_open_gates,
    }
    with use_language(language):
        for claim, figure in drawn.items():
            assert figure(runs).get_suptitle().replace("\n", " ") == claim(runs).sentence
    words = figure_words("demo")
    for key in words.keys():  # noqa: SIM118
        if key.split(".")[0] in ("forgetting", "training", "gates", "characters") and "rule" not in key:
            with use_language(language):
                title = words(key, steps=50, networks=4, bias=0.42, window=10)
            assert text_width(title, size=24, bold=True) < 13.33 * 72 * 0.96, title


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "figure", [figures.figure_forgetting, figures.figure_training, figures.figure_open_gates]
)
def test_every_text_can_be_read(figure, language, dark):
    with use_language(language), use_style("slides", dark=dark):
        drawn = figure(recordings())
        translate(drawn)
        assert_legible(drawn)
        assert_contrast(drawn)
        assert not amber_artists(drawn)
