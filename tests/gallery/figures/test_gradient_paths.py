"""Gradient around the gates and through them."""

import numpy as np
import pytest
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import gradient_paths as figure

SETTINGS = small_settings("gradient_paths")  # with 3 seeds


def planted(data, *, lstm, gru, loss=0.01):
    """Runs in which the carry path has these shares, and every gate the same part of the rest."""
    changed = {}
    for cell, shares in (("lstm", lstm), ("gru", gru)):
        for seed, share in enumerate(shares):
            tree = data[f"{cell}, {seed}"].copy(deep=True)
            paths = tree["recurrent"]["log10_grad_path"]
            gates = [path for path in paths["path"].values if path not in ("direct", "carry")]
            paths.loc[{"path": "direct"}] = -np.inf
            paths.loc[{"path": gates}] = np.log10((1 - share) / len(gates))
            paths.loc[{"path": "carry"}] = np.log10(share)
            tree.attrs["loss"] = loss
            changed[f"{cell}, {seed}"] = tree
    return changed


def test_fractions_add_up_and_the_direct_path_is_left_out_of_the_picture(small):
    data = small("gradient_paths")
    np.testing.assert_allclose(figure.fractions(data["lstm, 0"]).sum("path"), 1, atol=1e-6)
    left, right = figure.compose(data, SETTINGS).axes
    names = [
        [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
        for ax in (left, right)
    ]
    assert names == [
        ["carry", "forget", "input", "candidate", "output"],
        ["carry", "reset", "update", "candidate"],
    ]


HIGH, LOW, MIXED = [0.9, 0.8, 0.85], [0.2, 0.3, 0.25], [0.9, 0.3, 0.2]


@pytest.mark.parametrize(
    ("lstm", "gru", "outcome"),
    [
        (HIGH, HIGH, "past"),
        (LOW, LOW, "through"),
        (HIGH, LOW, "lstm_only"),
        (LOW, HIGH, "gru_only"),
        (HIGH, MIXED, "unclear"),
    ],
)
def test_the_data_decide_the_title(lstm, gru, outcome, small):
    data = planted(small("gradient_paths"), lstm=lstm, gru=gru)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert title.numbers["lstm_share"] == pytest.approx(100 * np.median(lstm))
    made = figure.compose(data, SETTINGS)
    assert made.get_suptitle().replace("\n", " ") == title.sentence
    assert made.axes[1].get_title(loc="left") == f"GRU: {100 * np.median(gru):.0f}\u202f% around the gates"


def test_runs_that_have_not_learned_decide_nothing(small):
    data = planted(small("gradient_paths"), lstm=HIGH, gru=HIGH, loss=0.7)
    assert figure.claims(data, SETTINGS)[0].outcome == "not_learned"
    data = planted(small("gradient_paths"), lstm=MIXED, gru=HIGH)
    for seed in (1, 2):
        data[f"lstm, {seed}"].attrs["loss"] = 0.7
    assert list(figure.runs_of(data, "lstm")) == [0]
    assert figure.claims(data, SETTINGS)[0].outcome == "not_learned"  # one run is too few
    data["lstm, 1"].attrs["loss"] = 0.01
    assert figure.claims(data, SETTINGS)[0].outcome == "unclear"


def test_without_numbers_nothing_is_said(small):
    with pytest.raises(ClaimRefused, match=r"gradient_paths: .* lstm_past = nan"):
        figure.claims(planted(small("gradient_paths"), lstm=[0.9, np.nan, 0.9], gru=HIGH), SETTINGS)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("gradient_paths")
    assert figure.claims(data, figure.Settings())[0].outcome == "past"
    for cell in figure.NETWORKS:
        carry = figure.fractions(figure.runs_of(data, cell)[figure.drawn_seed(data, cell)]).sel(path="carry")
        assert float(carry.median()) > 0.75
        assert float(carry[:-3].min()) > 0.6
