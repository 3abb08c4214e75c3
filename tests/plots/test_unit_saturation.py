"""Saturation over unit and time."""

import numpy as np
import pytest

from gradviz.errors import BadRecording, UnknownName
from gradviz.plots.unit_saturation import plot_unit_saturation


@pytest.fixture
def known(call_record, dataset):
    """Gates of one unit and four sequences at three time steps; the other units are never saturated."""
    gates = np.full((1, 1, 3, 4, 4, 5), 0.5)
    gates[0, 0, 0, :, 1, 2] = [0.05, 0.1, 0.9, 0.5]
    gates[0, 0, 1, :, 1, 2] = [0.95, 0.99, np.nan, np.nan]
    gates[0, 0, 2, :, 1, :] = np.nan
    gates[0, 0, :, :, 2, 0] = -0.95
    return dataset([call_record(0, np.zeros((3, 4))), call_record(8, np.zeros((3, 4)), gates=gates)])


def drawn(known, **options):
    return np.ma.filled(plot_unit_saturation(known, **options).images[0].get_array(), np.nan)


@pytest.mark.parametrize(
    ("side", "expected"),
    [("both", [0.75, 1, np.nan]), ("left", [0.5, 0, np.nan]), ("right", [0.25, 1, np.nan])],
)
def test_sequences_that_have_ended_do_not_count(known, side, expected):
    fractions = drawn(known, side=side)
    np.testing.assert_array_equal(fractions[2], expected)
    np.testing.assert_array_equal(np.delete(fractions, 2, axis=0), [[0, 0, np.nan]] * 4)


def test_a_tanh_gate_has_its_own_thresholds(known):
    fractions = drawn(known, gate="candidate", side="left")
    np.testing.assert_array_equal(fractions, [[1] * 3] + [[0] * 3] * 4)


def test_labels_and_scale(known):
    ax = plot_unit_saturation(known, side="right")
    assert ax.images[0].get_clim() == (0, 1)
    assert ax.get_title() == "forget gate at training step 8"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time step", "hidden unit")
    assert ax.images[0].colorbar.ax.get_ylabel() == "fraction of sequences that are right-saturated"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["nothing recorded (5 cells)"]


def test_a_dead_relu_unit_is_left_saturated(call_record, dataset):
    gates = np.zeros((1, 1, 3, 2, 1, 5))
    gates[..., 1:] = 7
    sides = {name: np.zeros((1, 1, 3, 1)) for name in ("gate_left", "gate_right")}
    data = dataset([call_record(0, np.zeros((3, 2)), cell="rnn_relu", gates=gates, **sides)])
    np.testing.assert_array_equal(drawn(data), [[1] * 3] + [[0] * 3] * 4)


def test_errors(recording):
    with pytest.raises(UnknownName, match="unknown side 'lef'; did you mean 'left'"):
        plot_unit_saturation(recording(full=True), side="lef")
    with pytest.raises(BadRecording, match="use detail='full'"):
        plot_unit_saturation(recording())
