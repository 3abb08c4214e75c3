"""A leap and a step from the same point."""

import numpy as np
import pytest

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figures import cliff as figure

SETTINGS = figure.Settings()


@pytest.fixture
def data():
    return figure.experiment(None, SETTINGS)


def test_the_first_steps_by_hand(data):
    starts, lengths = [], []
    for kind in (figure.PLAIN, figure.CLIPPED):
        path = data[kind].to_dataset()
        w, b = path["w"].values, path["b"].values
        starts.append((w[0], b[0]))
        lengths.append(np.hypot(w[1] - w[0], b[1] - b[0]))
    assert starts[0] == starts[1]
    gradient = 10 ** float(data[figure.PLAIN]["log10_grad_norm"][0])
    assert lengths[0] == pytest.approx(0.01 * gradient, rel=1e-9)
    assert lengths[1] == pytest.approx(0.01 * 25, rel=1e-9)
    _, landing = figure.claims(data, SETTINGS)
    assert landing.outcome == "plain"
    assert landing.numbers["leap"] == pytest.approx(lengths[0])
    assert landing.numbers["step"] == pytest.approx(lengths[1])


def test_the_wall_is_where_the_start_is_a_fixed_point():
    w = np.array([3.0, 5.0, 8.0])
    np.testing.assert_allclose(w / (1 + np.exp(-0.5)) + figure.wall(w), 0.5)
    np.testing.assert_allclose(figure.wall(w), 0.5 - 0.622459 * w, atol=1e-5)


def test_the_start_is_the_steepest_point(data):
    surface = data[figure.SURFACE].to_dataset()
    w, b = figure.steepest(surface)
    at = float(surface["log10_grad_norm"].sel(w=w, b=b))
    assert at == float(surface["log10_grad_norm"].max())
    assert abs(b - figure.wall(np.array(w))) < 0.03


def test_the_map_and_the_lines_are_the_error(data):
    left, right, _ = figure.compose(data, SETTINGS).axes
    error = data[figure.SURFACE]["error"].transpose("b", "w")
    np.testing.assert_array_equal(left.images[0].get_array(), error)
    np.testing.assert_array_equal(right.lines[1].get_ydata(), data[figure.PLAIN]["error"])


def test_the_peak_is_named_only_where_the_path_crosses_the_wall_and_returns(data):
    path = data[figure.CLIPPED].to_dataset()
    at = figure.excursion(path)
    side = np.sign(path["b"].values - figure.wall(path["w"].values))
    assert side[at - 1] == side[at + 1] == -side[at]
    named = "clipped: over\nthe edge, and back"
    assert named in [text.get_text() for text in figure.compose(data, SETTINGS).axes[1].texts]
    data[figure.CLIPPED]["b"][at] = path["b"][at - 1]
    data[figure.CLIPPED]["w"][at] = path["w"][at - 1]
    assert figure.excursion(data[figure.CLIPPED].to_dataset()) is None
    assert named not in [text.get_text() for text in figure.compose(data, SETTINGS).axes[1].texts]


@pytest.mark.parametrize(
    ("changes", "outcome", "landing"),
    [
        ([], "stranded", "plain"),
        (["clip_norm=1000.0"], "neither", "slope"),
        (["learning_rate=1e-4", "iterations=2000"], "both", "slope"),
        (["clip_norm=1e-4", "learning_rate=1e-3", "iterations=2000"], "hurts", "plain"),
    ],
)
def test_settings_change_what_is_said(changes, outcome, landing):
    settings = figure_settings("cliff", changes)
    data = figure.experiment(None, settings)
    assert [claim.outcome for claim in figure.claims(data, settings)] == [outcome, landing]


@pytest.mark.parametrize(
    ("plain", "clipped", "outcome"),
    [(0.09, 0.001, "stranded"), (0.001, 0.001, "both"), (0.09, 0.09, "neither"), (0.001, 0.09, "hurts")],
)
def test_the_errors_in_the_end_decide_the_title(data, plain, clipped, outcome):
    data[figure.PLAIN]["error"][-100:] = plain
    data[figure.CLIPPED]["error"][-100:] = clipped
    title, _ = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert (title.numbers["last"], title.numbers["last_clipped"]) == (plain, clipped)
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


def test_without_numbers_nothing_is_said(data):
    data[figure.CLIPPED]["error"][-60:] = np.nan
    with pytest.raises(ClaimRefused, match="cliff"):
        figure.claims(data, SETTINGS)
