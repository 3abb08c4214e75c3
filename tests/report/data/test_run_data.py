"""What a page has of a run: everything, or how to get it, within its budget."""

import numpy as np
import pytest
from report.data.made import embedded, large, module, only_place, recording, two_modules

from gradviz.report.data.json_size import json_size
from gradviz.report.data.run_data import run_data
from gradviz.report.data.typed import read_typed


def test_curves_baseline_and_informative_steps():
    attributes = {
        "baseline": 0.25,
        "baseline_meaning": "always predict 1",
        "informative": "[0, 3]",
        "seed": 7,
    }
    tree = recording((0, 2), loss=[4.0, np.inf, 1.0], attributes=attributes)
    found = embedded(tree, name="mine")
    np.testing.assert_array_equal(read_typed(found["curves"]["loss"]["values"]), [4.0, np.inf, 1.0])
    np.testing.assert_array_equal(read_typed(found["curves"]["loss"]["median"]), [4.0, np.nan, 1.0])
    assert found["baseline"] == {"value": 0.25, "meaning": "always predict 1"}
    assert (found["name"], found["variant"], found["informative"]) == ("mine", "lstm", [0, 3])
    assert found["attributes"]["seed"] == 7
    assert found["attributes"]["cells"] == "LSTM"
    assert read_typed(found["steps"]).tolist() == [0, 2]


def test_what_norms_lack_says_how_to_get_it():
    found = embedded(recording((0, 10), cell="rnn", full=False, loss=[]))
    (place,) = found["places"]
    assert set(place["gradients"]) == {"log10_grad_h", "log10_grad_h_direct"}  # an RNN has no cell state
    assert place["gates"]["missing"] == "gates"
    assert "use detail='full'" in place["gates"]["how_to_get_it"]
    assert "use detail='full'" in place["paths"]["how_to_get_it"]
    assert "no gate that keeps its state" in place["time_constants"]["how_to_get_it"]
    assert found["curves"] == {
        "loss": {"missing": "loss", "how_to_get_it": "recording has no loss; record it with tape.step(loss)"}
    }
    assert "metadata={'baseline': ...}" in found["baseline"]["how_to_get_it"]
    assert found["text"]["missing"] == "text"


def test_several_modules_layers_and_directions():
    tree = two_modules(module((0, 1), cell="gru", layers=2, directions=2), module((1, 2), times=9, units=2))
    found = embedded(tree)
    places = [(place["module"], place["layer"], place["direction"]) for place in found["places"]]
    assert places == [
        *(("encoder", layer, direction) for layer in (0, 1) for direction in ("forward", "reverse")),
        ("decoder", 0, "forward"),
    ]
    assert read_typed(found["steps"]).tolist() == [0, 1, 2]
    assert read_typed(found["places"][-1]["steps"]).tolist() == [1, 2]
    lower, upper = (read_typed(found["places"][n]["gradients"]["log10_grad_h"]["values"]) for n in (0, 2))
    np.testing.assert_allclose(lower - upper, 0.5, rtol=0, atol=1e-6)
    assert found["variant"] == ""


@pytest.mark.parametrize("options", [{"times": 1}, {"samples": 1}, {"units": 1}, {"steps": (4,)}])
def test_one_of_anything(options):
    place = only_place(recording(**{"steps": (0, 10), **options}))
    assert "missing" not in place["gradients"]["log10_grad_h"]
    assert "missing" not in place["gates"]
    shape = place["gates"]["frame"]["shape"]
    assert shape == [len(options.get("steps", (0, 1))), 4, options.get("times", 6), options.get("units", 3)]


def test_selected_and_averaged_dims():
    tree = recording((0, 10)).isel(step=1)
    place = only_place(tree)
    assert read_typed(place["steps"]).tolist() == [10]
    assert place["gates"]["frame"]["shape"] == [1, 4, 6, 3]
    assert len(only_place(recording((0, 10)).isel(sample=0))["gates"]["gates"]) == 4


def test_nothing_recorded():
    tree = recording((0, 1))
    empty = embedded(type(tree)(tree.to_dataset(inherit=False)))
    assert empty["places"] == []
    assert empty["steps"]["shape"] == [0]
    assert read_typed(empty["curves"]["loss"]["values"]).shape == (2,)
    assert embedded(type(tree)())["curves"]["loss"]["missing"] == "loss"
    assert embedded(tree.isel(step=slice(0)))["places"] == []


@pytest.mark.parametrize("budget", [150_000, 400_000, 2_000_000])
def test_a_run_fits_its_budget(budget):
    found = run_data(large(steps=60, times=80, units=32, samples=2), budget=budget)
    assert json_size(found) <= budget
    gates = found.places[0].gates
    assert gates.frame.codes.shape == tuple(
        len(each) for each in (gates.steps.values, gates.gates, gates.times.values, gates.units.values)
    )
    notes = " ".join(found.notes)
    assert ("gates: every 2nd of" in notes, "units" in notes) == (budget == 400_000, budget == 150_000)
