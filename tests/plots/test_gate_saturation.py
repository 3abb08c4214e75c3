"""The scatter of saturation: every unit at its point, and units at the same point as one pie chart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_hex

from gradviz.errors import BadRecording
from gradviz.plots.drawing.palette import GATE_COLOURS
from gradviz.plots.gate_saturation import gather_places, plot_gate_saturation

GATES = ("input", "forget", "candidate", "output")


@pytest.fixture
def tied(call_record, dataset):
    """Three input gates and one output gate never saturated, one forget gate always, the rest missing."""
    left, right = np.full((4, 5), np.nan), np.full((4, 5), np.nan)
    left[0, :3], right[0, :3] = 0, 0
    left[3, 0], right[3, 0] = 0, 0
    left[1, 2], right[1, 2] = 0.25, 0.75
    sides = {"unit_left": left[None, None], "unit_right": right[None, None]}
    return dataset([call_record(0, np.zeros((2, 1))), call_record(7, np.zeros((2, 1)), **sides)])


def slices_of(ax):
    pies = ax.collections[0]
    gate_of = {colour: gate for gate, colour in GATE_COLOURS.items()}
    return [
        (gate_of[to_hex(colour)], tuple(offset), size, path)
        for colour, offset, size, path in zip(
            pies.get_facecolor(), pies.get_offsets().tolist(), pies.get_sizes(), pies.get_paths(), strict=True
        )
    ]


def angle_of(path):
    """Angle in degrees of a slice of a circle with diameter 1, computed from its area."""
    (polygon,) = path.to_polygons()
    x, y = polygon.T
    area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2
    return 360 * area / (np.pi / 4)


def test_a_tie_is_one_circle_cut_by_gates(tied):
    ax = plot_gate_saturation(tied)
    first, second, third = slices_of(ax)
    assert [one[:2] for one in (first, second, third)] == [
        ("input", (0.0, 0.0)),
        ("output", (0.0, 0.0)),
        ("forget", (0.25, 0.75)),
    ]
    assert first[2] == second[2] == pytest.approx(4 * third[2])
    assert [angle_of(one[3]) for one in (first, second, third)] == pytest.approx([270, 90, 360], rel=0.02)
    assert ax.get_xlabel().endswith("(area: number of units at a point, at most 4)")
    assert ax.get_title() == "training step 7"


def test_an_earlier_step(recording):
    tree = recording()
    ax = plot_gate_saturation(tree, step=10)
    chosen = tree["recurrent"].to_dataset().sel(step=10, layer=0, direction="forward")
    drawn = {(gate, offset) for gate, offset, _, _ in slices_of(ax)}
    expected = {
        (gate, (float(chosen["unit_left"].sel(gate=gate)[u]), float(chosen["unit_right"].sel(gate=gate)[u])))
        for gate in GATES
        for u in range(5)
    }
    assert drawn == expected
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "forget",
        "input",
        "candidate",
        "output",
    ]
    assert ax.get_xlabel() == "left: fraction of time below 0.1 (tanh: below -0.9; relu: zero)"


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, (2, 3, 6), elements=st.sampled_from([0.0, 0.5, 1.0, np.nan])))
def test_every_unit_is_counted_once(sides):
    left, right = sides
    places = gather_places(left, right)
    known = ~np.isnan(left) & ~np.isnan(right)
    assert [sum(place.counts[g] for place in places) for g in range(3)] == known.sum(axis=1).tolist()
    assert len({(place.left, place.right) for place in places}) == len(places)
    for place in places:
        there = (left == place.left) & (right == place.right)
        assert place.counts == tuple(there.sum(axis=1).tolist())
    totals = [sum(place.counts) for place in places]
    assert totals == sorted(totals, reverse=True)


def test_a_thousand_ties_stay_within_bounds(call_record, dataset):
    same = {name: np.zeros((1, 1, 4, 1000)) for name in ("unit_left", "unit_right")}
    ax = plot_gate_saturation(dataset([call_record(0, np.zeros((2, 1)), **same)]))
    assert np.sqrt(ax.collections[0].get_sizes().max()) < 0.14 * 72 * ax.figure.get_figheight()
    assert ax.get_xlabel().endswith("at most 4,000)")


def test_no_gates(call_record, dataset):
    data = dataset([call_record(0, np.zeros((2, 1)))]).drop_vars("unit_left")
    with pytest.raises(BadRecording, match="has no variable 'unit_left'"):
        plot_gate_saturation(data)
