"""How the gates saturate."""

import numpy as np
import pytest
import xarray as xr

from gradviz.gallery.figures import saturation_heatmap as figure


def test_fractions_are_left_and_right_together(small):
    data = small("saturation_heatmap")
    module = data["training"]["recurrent"].isel(layer=-1, direction=0)
    both = (module["gate_left"] + module["gate_right"]).sel(gate="output").transpose("time", "step")
    np.testing.assert_array_equal(figure.over_training(data)["output"], both)
    assert len(figure.numbers(data)) == both.size * 4


def test_both_ends_count_and_the_candidate_has_its_own(small):
    module = small("saturation_heatmap")["reading"]["recurrent"].to_dataset()
    levels = np.resize([0.05, 0.5, 0.95, -0.95], module["gates"].shape)
    tree = xr.DataTree.from_dict({"/recurrent": module.assign(gates=module["gates"].copy(data=levels))})
    fractions = figure.over_units({"reading": tree})
    gates = tree["recurrent"]["gates"].isel(step=0, layer=-1, direction=0, sample=0)
    for gate, low in {"forget": 0.1, "candidate": -0.9}.items():
        values = gates.sel(gate=gate).values
        assert float(fractions[gate].mean()) == np.mean((values < low) | (values > 0.9)) > 0


def test_units_are_sorted_by_their_fraction(small):
    for fraction in figure.over_units(small("saturation_heatmap")).values():
        assert set(np.unique(fraction)) <= {0.0, 1.0}
        assert np.all(np.diff(fraction.mean("time")) >= 0)


def test_panels_show_these_numbers(small):
    data = small("saturation_heatmap")
    axes = figure.compose(data).axes
    for ax, fraction in zip(axes[:4], figure.over_training(data).values(), strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), fraction)


@pytest.mark.slow
def test_the_claim(full):
    for fraction in figure.over_training(full("saturation_heatmap")).values():
        assert float(fraction[:, 0].max()) < 0.01
        assert float(fraction[:, -1].mean()) > 0.3
    for fraction in figure.over_units(full("saturation_heatmap")).values():
        assert float(fraction.mean()) > 0.7
