"""No gradient crosses a cut."""

import numpy as np

from gradviz.gallery.figures import truncated_bptt as figure


def test_the_claim(small):
    data = small("truncated_bptt")
    whole = figure.profile(data["100"])
    assert np.isfinite(whole).all()
    for every in (10, 20, 50):
        cut = figure.profile(data[str(every)])
        assert np.isneginf(cut[: 100 - every]).all()
        np.testing.assert_allclose(cut[100 - every :], whole[100 - every :], atol=1e-4)
        assert figure.cuts(data[str(every)]) == list(range(every, 100, every))
    assert figure.cuts(data["100"]) == []
    counted = "90 (cut every 10), 80 (cut every 20), 50 (cut every 50), 0 (no cut)"
    assert counted in figure.caption(data).measured


def test_zeros_are_hatched_and_cuts_are_marked(small):
    axes = figure.compose(small("truncated_bptt")).axes[:4]
    assert [len(ax.lines) for ax in axes] == [9, 4, 1, 0]
    hatched = [any(child.get_gid() == "zero" for child in ax.get_children()) for ax in axes]
    assert hatched == [True, True, True, False]
    assert axes[1].get_title() == "cut every 20 steps: exactly 0 at 80 of 100 time steps"
