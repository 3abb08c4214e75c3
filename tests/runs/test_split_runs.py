"""A Dataset of many runs taken apart: every run is again what it was."""

import json

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


def test_the_model_of_each_run_is_told():
    values = {
        "model.cell": ("run", ["lstm", "lstm", "gru"]),
        "model.init": ("run", ["forget_bias", "default", ""]),
        "model.init_options.value": ("run", [2.0, np.nan, np.nan]),
        "training.steps": ("run", [1, 2, 3]),
    }
    loss = {"loss": (("run", "step"), np.ones((3, 2)))}
    runs = xr.Dataset(loss, {"run": ["a", "b", "c"], **values}, {"model.hidden_size": 4})
    found = [json.loads(one.attrs["config"])["model"] for one in split_runs(runs).values()]
    assert found[0] == {
        "hidden_size": 4,
        "cell": "lstm",
        "init": "forget_bias",
        "init_options": {"value": 2.0},
    }
    assert found[1] == {"hidden_size": 4, "cell": "lstm", "init": "default"}
    assert found[2] == {"hidden_size": 4, "cell": "gru"}
    plain = xr.Dataset(loss, {"run": ["a", "b", "c"]})
    assert "config" not in split_runs(plain)["a"].attrs
