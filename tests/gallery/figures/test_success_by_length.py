"""Which runs solved the task."""

import numpy as np
import pytest
from gallery.planted_accuracy import planted

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import success_by_length as figure

SETTINGS = figure.Settings(lengths=(10, 20), seeds=6)


def runs(**solved):
    """Recordings of six runs at both lengths; at 20 steps, so many of a network have solved the task."""
    return {
        f"{network}/{length}/{seed}": planted(
            [0.2, 1.0 if length == 20 and seed < solved.get(network, 0) else 0.3]
        )
        for network in figure.NETWORKS
        for length in SETTINGS.lengths
        for seed in range(6)
    }


@pytest.mark.parametrize(
    ("solved", "outcome"),
    [
        ({"lstm_chrono": 6, "gru": 1}, "chrono_more"),  # a chance of 1.5 %
        ({"lstm_chrono": 5}, "chrono_more"),
        ({"lstm_chrono": 6, "gru": 2}, "no_difference"),  # of 6 %
        ({"lstm_chrono": 6, "gru": 6}, "no_difference"),
        ({}, "no_difference"),
        ({"lstm_chrono": 1, "rnn": 6}, "chrono_fewer"),
    ],
)
def test_the_data_decide_the_title(solved, outcome):
    data = runs(**solved)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert title.numbers["chrono"] == solved.get("lstm_chrono", 0)
    assert title.numbers["length"] == 20
    assert figure.caption(data, SETTINGS).claim == title.sentence
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


@pytest.mark.parametrize("network", ["lstm_chrono", "rnn"])
def test_without_numbers_nothing_is_said(network):
    data = {**runs(), f"{network}/20/4": planted([0.2, np.nan])}
    with pytest.raises(ClaimRefused, match=r"success_by_length: .* chance = nan"):
        figure.claims(data, SETTINGS)


def test_full_discs_are_runs_that_solved_it():
    data = runs(lstm=2, gru=1)
    (ax,) = figure.compose(data, SETTINGS).axes
    full = [line.get_markerfacecolor() != "none" for line in ax.lines]
    assert len(full) == 4 * 2 * 6
    assert sum(full) == 3
    words = [text.get_text() for text in ax.texts]
    assert words.count("2 of 6, median step 2") == words.count("1 of 6, median step 2") == 1
    assert words.count("0 of 6") == 6
    assert "LSTM: 0 at 10, 2 at 20" in figure.caption(data, SETTINGS).measured
    assert figure.numbers(data, SETTINGS)["solved_at"].notna().sum() == 3


def test_every_setting_acts():
    settings = figure.Settings(lengths=(12,), hidden_size=7, steps=33, seeds=2)
    experiments = figure.experiments(settings)
    assert len(experiments) == 4 * 1 * 2
    run = experiments["lstm_chrono/12/1"]
    assert (run.task.options["length"], run.model.hidden_size) == (12, 7)
    assert (run.training.steps, run.seed) == (33, 1)
    assert run.model.init_options == {"t_max": 12.0}


@pytest.mark.slow
def test_chrono_solves_more_at_full_size(full):
    (title,) = figure.claims(full("success_by_length"), figure.Settings())
    assert title.outcome == "chrono_more"
