"""Two runs that differ only in clipping."""

import numpy as np
import pytest

from gradviz.gallery.figures import clipping as figure


def test_the_runs_differ_only_in_clipping():
    plain, clipped = (run.table() for run in figure.latch_experiments().values())
    assert clipped["training"].pop("clip_norm") == 1.0
    clipped["name"] = plain["name"]
    assert plain == clipped


def test_what_is_drawn(small):
    data = small("clipping")
    axes = figure.compose(data).axes
    np.testing.assert_array_equal(axes[0].lines[0].get_ydata(), data["not clipped"]["grad_norm"].values)
    assert "cut down to 1" in [text.get_text() for text in axes[1].texts]


@pytest.mark.slow
def test_the_claim(full):
    data = full("clipping")
    plain, clipped = data.values()
    norms = plain["grad_norm"]
    assert norms.max() > 50
    after = figure.steepest(norms) + 20
    assert np.median(plain["loss"].values[after:]) == pytest.approx(np.log(2), abs=0.02)
    assert plain["loss"].values[:after].min() < 0.2  # it had begun to learn
    assert clipped["accuracy"].values[-50:].mean() > 0.95
    first = np.flatnonzero(plain["grad_norm"].values > 1)[0]
    assert figure.parted_at(data) == first + 1
