"""One number for each training step, from curves and from modules."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.values_of_steps import has_values, values_of_steps


def tree():
    model = nn.ModuleDict({"a": nn.GRU(2, 3), "b": nn.GRU(2, 3)})
    with gv.record(model, every=2) as tape:
        for step, batch in enumerate((4, 5, 6)):
            for name in ("a", "b")[: 1 + (step == 2)]:
                model[name](torch.ones(3, batch, 2))[0].sum().backward()
            tape.step(10.0 * step)
    return tape.tree


def test_a_curve():
    found = values_of_steps(tree(), "loss")
    assert found["step"].values.tolist() == [0, 1, 2]
    assert found.values.tolist() == [0, 10, 20]


def test_a_fact_of_modules_is_the_largest():
    made = tree()
    found = values_of_steps(made, "batch_size")
    assert found["step"].values.tolist() == [0, 2]
    assert found.values.tolist() == [4, 6]
    changed = made["b"].to_dataset().assign(batch_size=("step", np.array([9.0]))[0:2])
    made["b"] = xr.DataTree(changed)
    assert values_of_steps(made, "batch_size").values.tolist() == [4, 9]


def test_a_dataset():
    found = values_of_steps(tree()["a"].to_dataset(inherit=False), "loss")
    assert found["step"].values.tolist() == [0, 2]


def test_of_a_variable_with_more_dims_the_largest_of_each_step():
    values = [[[1.0, 5.0], [3.0, np.nan]], [[np.nan] * 2] * 2, [[-2.0, -7.0], [-3.0, -4.0]]]
    ds = xr.Dataset({"weight_size": (("step", "layer", "gate"), values)}, {"step": [4, 6, 8]})
    for some in (ds, ds.transpose("gate", "step", "layer")):
        found = values_of_steps(some, "weight_size")
        assert found["step"].values.tolist() == [4, 8]
        assert found.values.tolist() == [5, -2]


@pytest.mark.parametrize(
    ("name", "known"), [("loss", True), ("grad_norm", False), ("input_scrambled", False)]
)
def test_what_is_not_known(name, known):
    assert has_values(tree(), name) is known
    assert values_of_steps(tree(), "grad_norm").size == 0


@pytest.mark.parametrize("function", [values_of_steps, has_values])
def test_steps_that_were_averaged_away(function):
    averaged = tree()["a"].to_dataset(inherit=False).mean("step", keep_attrs=True)
    with pytest.raises(
        BadRecording, match="'batch_size' has no training steps: the dim 'step', or 'iteration'"
    ):
        function(averaged, "batch_size")
    one = tree()["a"].to_dataset(inherit=False).isel(step=1)
    assert values_of_steps(one, "batch_size").to_series().to_dict() == {2: 6}
