"""A Dataset of many runs taken apart: every run is again what it was."""

import numpy as np
import xarray as xr

import gradviz as gv
from gradviz.runs.split_runs import holds_runs, split_runs


def test_values_labels_and_facts_of_each_run(tmp_path, run):
    run(tmp_path / "a", steps=(0, 4), times=4)
    run(tmp_path / "b", cell="gru", steps=(2, 6, 8), times=7)
    run(tmp_path / "c", config={"seed": 0}, recording=False)
    runs = gv.load_runs(tmp_path, variables=("log10_grad_h", "gate_left"))
    assert holds_runs(runs)
    one = split_runs(runs)
    assert list(one) == ["a", "b", "c"]
    for name in "ab":
        alone = gv.load(tmp_path / name)["recurrent"].to_dataset().sel(layer=0, direction="forward")
        for variable in ("log10_grad_h", "gate_left"):
            xr.testing.assert_equal(
                one[name][variable].drop_vars(set(one[name].coords) - {"step", "time", "sample", "gate"}),
                alone[variable].drop_vars(["layer", "direction"]),
            )
    assert one["b"].attrs["cell"] == "gru"
    assert one["a"].attrs["outcome"] == "recorded"
    assert (one["b"]["layer"], one["b"]["direction"]) == (0, "forward")
    assert not one["c"].data_vars


def test_runs_of_one_name_are_counted():
    runs = xr.Dataset({"loss": (("run", "step"), np.ones((3, 2)))}, {"run": ["a", "b", "a"]})
    assert list(split_runs(runs)) == ["a (1)", "b", "a (2)"]
    assert not holds_runs(runs.isel(run=0))
