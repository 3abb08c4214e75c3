"""Within its share a place keeps gradients, then units and paths; gates get what is left."""

import numpy as np
from report.data.made import large

from gradviz.report.data.json_size import json_size
from gradviz.report.data.place_blocks import places_of
from gradviz.report.data.place_panels import place_data


def test_gates_are_coarsened_first():
    (place,) = places_of(large(steps=50, times=60, units=16, samples=2))
    found = place_data(place, 300_000)
    assert json_size(found) <= 300_000
    assert found.gates.note
    panels = (*found.gradients.values(), found.saturation, found.time_constants, found.paths)
    assert [panel.note for panel in panels] == [""] * 6


def test_the_step_with_a_mark_stays_in_every_panel():
    tree = large(steps=101, times=30, units=16, samples=2)
    tree["recurrent"]["log10_grad_h"].values[37, 0, 0, 3, 0] = np.inf
    found = place_data(places_of(tree)[0], 40_000)
    for panel in (found.gates, found.saturation, found.paths):
        assert panel.note
        assert {0, 370, 1000} <= set(panel.steps.values.tolist())
