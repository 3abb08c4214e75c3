"""Coloured text: the value of every character, read from the cell behind it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.drawing.luminance import luminance
from gradviz.plots.drawing.palette import PAPER_DARK, PAPER_LIGHT
from gradviz.plots.text import plot_text, rows_and_columns

TEXT = "to be or not"  # one character for each time step of the recording


def drawn(ax):
    """The values behind the characters, in the order of the text."""
    image = np.ma.filled(ax.images[0].get_array().astype(float), np.nan)
    return [image[int(text.get_position()[1]), int(text.get_position()[0])] for text in ax.texts]


def chosen(tree, **labels):
    return tree["recurrent"].to_dataset().sel(layer=0, direction="forward", **labels)


def test_gradient(recording):
    tree = recording()
    ax = plot_text(tree, TEXT, step=10, sample=6)
    assert "".join(text.get_text() for text in ax.texts) == TEXT
    np.testing.assert_allclose(drawn(ax), chosen(tree, step=10, sample=6)["log10_grad_h"])
    assert ax.images[0].get_clim() == (-3, 0)
    assert ax.get_title() == "gradient at training step 10, sequence 6"
    assert [text.get_text() for text in ax.images[0].colorbar.ax.get_yticklabels()][-1] == "$10^{0}$"


def test_one_gate_of_one_unit(recording):
    tree = recording(full=True)
    ax = plot_text(tree, TEXT, unit=2, gate="output")
    np.testing.assert_allclose(drawn(ax), chosen(tree, step=30, sample=0, gate="output", unit=2)["gates"])
    assert ax.images[0].get_clim() == (0, 1)
    assert ax.get_title() == "output gate, unit 2 at training step 30, sequence 0"


def test_a_gate_is_averaged_over_units(recording):
    tree = recording(full=True)
    ax = plot_text(tree, TEXT, gate="candidate")
    expected = chosen(tree, step=30, sample=0, gate="candidate")["gates"].mean("unit")
    np.testing.assert_allclose(drawn(ax), expected)
    assert ax.images[0].get_clim() == (-1, 1)


def test_state_of_a_unit(call_record, dataset):
    h = np.linspace(-1, 1, 12)[:, None, None] * np.ones(5)
    data = dataset([call_record(0, np.zeros((12, 1)), h=h[None, None])])
    ax = plot_text(data, TEXT, unit=4)
    np.testing.assert_allclose(drawn(ax), np.linspace(-1, 1, 12))
    assert ax.images[0].get_clim() == (-1, 1)


def test_rows_run_from_left_to_right_and_down(recording):
    ax = plot_text(recording(), TEXT)
    places = [text.get_position() for text in ax.texts]
    assert places == sorted(places, key=lambda place: (place[1], place[0]))
    assert ax.yaxis.get_inverted()


def test_ink_stands_out(recording):
    ax = plot_text(recording(), TEXT)
    shades = ax.images[0].to_rgba(np.array(drawn(ax)))
    inks = [to_hex(text.get_color()) for text in ax.texts]
    assert inks == [PAPER_LIGHT if luminance(shade[:3]) < 0.179 else PAPER_DARK for shade in shades]
    assert {PAPER_LIGHT, PAPER_DARK} == set(inks)


@given(st.integers(1, 5000), st.floats(0.2, 10))
def test_rows_contain_all_characters_and_no_row_is_empty(count, aspect):
    rows, columns = rows_and_columns(count, aspect)
    assert (rows - 1) * columns < count <= rows * columns


def test_zeros_and_gaps_are_marked_but_not_the_rest_of_the_row(call_record, dataset):
    norms = np.full((7, 1), -1.0)
    norms[0], norms[3] = -np.inf, np.nan
    ax = plot_text(dataset([call_record(0, norms)]), "forgets")
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert entries == ["exactly zero (1 cell)", "nothing recorded (1 cell)"]


def test_a_sequence_shorter_than_the_longest_of_its_batch(call_record, dataset):
    norms = np.zeros((7, 2))
    norms[3:, 0] = np.nan
    data = dataset([call_record(0, norms)])
    ax = plot_text(data, "one")
    assert drawn(ax) == [0, 0, 0]
    assert ax.get_legend() is None
    with pytest.raises(ValueError, match="text has 3 characters and the recording 7 time steps"):
        plot_text(data, "one", sample=3)
    with pytest.raises(ValueError, match="text has 2 characters and the recording 7 time steps"):
        plot_text(data, "on")


def test_errors(recording):
    with pytest.raises(ValueError, match="text has 5 characters and the recording 12 time steps"):
        plot_text(recording(), "to be")
    with pytest.raises(BadRecording, match="use detail='full'"):
        plot_text(recording(), TEXT, unit=1)
    with pytest.raises(BadRecording, match="no unit 9; it has 0 to 4"):
        plot_text(recording(full=True), TEXT, unit=9, gate="forget")
    with pytest.raises(UnknownName, match="did you mean 'forget'"):
        plot_text(recording(full=True), TEXT, gate="forge")
