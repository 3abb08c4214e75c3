"""No gradient crosses a cut."""

import numpy as np
import pytest
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import truncated_bptt as figure
from gradviz.vocabulary import LOG10_GRAD_H

SETTINGS = small_settings("truncated_bptt")


def changed(data, name, log10, times=slice(None)):
    """The data with another gradient at some time steps of one run."""
    tree = data[name].copy(deep=True)
    (module,) = tree.children.values()
    norms = module[LOG10_GRAD_H].transpose("time", ...)
    norms.values[times] = log10
    module[LOG10_GRAD_H] = norms
    return {**data, name: tree}


def test_zeros_are_exactly_those_before_the_last_cut(small):
    data = small("truncated_bptt")
    whole = figure.profile(data["whole"])
    assert np.isfinite(whole).all()
    for every in (10, 20, 50):
        cut = figure.profile(data[str(every)])
        assert np.isneginf(cut[: 100 - every]).all()
        np.testing.assert_allclose(cut[100 - every :], whole[100 - every :], atol=1e-4)
        assert figure.cuts(data[str(every)]) == list(range(every, 100, every))
    assert figure.cuts(data["whole"]) == []
    counted = "90 (cut every 10), 80 (cut every 20), 50 (cut every 50), 0 (no cut)"
    assert counted in figure.caption(data, SETTINGS).measured


def test_the_data_decide_the_title(small):
    data = small("truncated_bptt")
    outcomes = {
        "exact": data,
        "exact_and_vanishing": changed(data, "whole", -9.0, slice(0, 1)),
        "leaks": changed(data, "20", -9.0, slice(3, 5)),
        "no_cut": {"whole": data["whole"]},
    }
    for outcome, planted in outcomes.items():
        (title,) = figure.claims(planted, SETTINGS)
        assert title.outcome == outcome
        assert figure.caption(planted, SETTINGS).claim == title.sentence
        assert figure.compose(planted, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
        assert ("none of them has a cut" in figure.notes(planted, SETTINGS).point) is (outcome == "no_cut")
    (leaks,) = figure.claims(outcomes["leaks"], SETTINGS)
    assert (leaks.numbers["leaks"], leaks.numbers["steps"]) == (2, 90 + 80 + 50)


@pytest.mark.parametrize("name", ["10", "whole"])
def test_without_numbers_nothing_is_said(name, small):
    data = changed(small("truncated_bptt"), name, np.nan, slice(2, 3))
    with pytest.raises(ClaimRefused, match=r"truncated_bptt: .* leaks = nan"):
        figure.claims(data, SETTINGS)


def test_zeros_are_hatched_and_cuts_are_marked(small):
    axes = figure.compose(small("truncated_bptt"), SETTINGS).axes[:4]
    assert [len(ax.lines) for ax in axes] == [2 * 9, 2 * 4, 2 * 1, 0]
    hatched = [any(child.get_gid() == "zero" for child in ax.get_children()) for ax in axes]
    assert hatched == [True, True, True, False]
    assert axes[1].get_title() == "cut every 20 steps: exactly 0 at 80 of 100 time steps"
    ticks = [text.get_text() for text in axes[1].get_xticklabels()]
    assert ticks == ["0", "20", "40", "60", "80", "99"]


def test_ticks_and_lines_leave_room_where_cuts_are_close():
    settings = figure.Settings(hidden_size=4, cuts=(1, 4, 98))
    axes = figure.compose(figure._record(settings), settings).axes
    ticks = [[text.get_text() for text in ax.get_xticklabels()] for ax in axes[:3]]
    assert ticks[0] == ["0", "9", "18", "27", "36", "45", "54", "63", "72", "81", "90", "99"]
    assert ticks[1] == ["0", "12", "24", "36", "48", "60", "72", "84", "99"]
    assert ticks[2] == ["0", "99"]
    assert [len(ax.lines) for ax in axes[:3]] == [0, 2 * 24, 2]


def test_every_setting_acts():
    settings = figure.Settings(length=12, hidden_size=5, cuts=(4,))
    data = figure._record(settings)
    assert list(data) == ["4", "whole"]
    assert figure.cuts(data["4"]) == [4, 8]
    assert len(figure.profile(data["whole"])) == 12
    assert len(figure.numbers(data, settings)) == 24


@pytest.mark.slow
def test_it_flows_at_full_size(full):
    (title,) = figure.claims(full("truncated_bptt"), figure.Settings())
    assert title.outcome == "exact"
