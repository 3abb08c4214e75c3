"""Powers of a matrix that is not normal."""

import numpy as np
import pytest

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figures import transient as figure

SETTINGS = figure.Settings()


@pytest.fixture
def data():
    return figure.experiment(None, SETTINGS)


def test_the_known_case(data):
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == "rises"
    assert title.numbers["power"] == 9
    assert title.numbers["peak"] == pytest.approx(38.75, abs=0.005)
    assert title.numbers["below"] == 63
    for said in (
        "Spectral radius 0.90",
        "largest singular value 10.08",
        "38.75 at n = 9",
        "first falls below 1 at n = 63",
    ):
        assert said in figure.caption(data, SETTINGS).measured


def test_norms_by_hand(data):
    norms = data["powers"]["norm"].values
    assert norms[0] == 1
    power = np.array([[0.9**3, 3 * 10 * 0.9**2], [0, 0.9**3]])  # of a Jordan block, in closed form
    np.testing.assert_allclose(data["powers"]["matrix"].values[3], power)
    assert norms[3] == pytest.approx(np.sqrt(np.linalg.eigvalsh(power.T @ power)[-1]), rel=1e-10)
    _, right = figure.compose(data, SETTINGS).axes
    np.testing.assert_allclose(right.lines[0].get_ydata(), np.log10(norms))


def test_the_matrices_are_written(data):
    left, _ = figure.compose(data, SETTINGS).axes
    texts = [text.get_text() for text in left.texts]
    assert texts[:5] == ["U =", "0.9", "10", "0", "0.9"]
    corner = 9 * 10 * 0.9**8
    assert texts[5:8] == ["U$^{9}$ =", f"{0.9**9:.2g}", f"{corner:.2g}"]
    assert texts[10] == "U$^{63}$ ="


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ([], "rises", "The gain rises to 39 before it falls, though all eigenvalues are 0.9"),
        (["steps=30"], "still_above", "After 30 steps the gain is 14, though all eigenvalues are 0.9"),
        (["corner=0.01"], "falls", "All eigenvalues are 0.9, and the gain falls from the start"),
        (["eigenvalue=0.5", "corner=0.1"], "falls", "All eigenvalues are 0.5, and the gain falls"),
    ],
)
def test_the_data_decide_the_title(changes, outcome, said):
    settings = figure_settings("transient", changes)
    data = figure.experiment(None, settings)
    (title,) = figure.claims(data, settings)
    assert title.outcome == outcome
    assert title.sentence.startswith(said)
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == title.sentence
    said_in_picture = " ".join(text.get_text() for text in drawn.axes[1].texts)
    assert ("below 1" in said_in_picture) == (outcome == "rises")
    assert ("after" in said_in_picture) == (outcome != "falls")


def test_without_numbers_nothing_is_said(data):
    data["powers"]["norm"][5] = np.nan
    with pytest.raises(ClaimRefused, match="transient"):
        figure.claims(data, SETTINGS)
