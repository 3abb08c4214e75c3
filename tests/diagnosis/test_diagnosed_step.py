"""All calls of the last step are diagnosed; dims that were selected before come back."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis.diagnosed_step import diagnosed_step
from gradviz.errors import BadRecording, UnknownName
from gradviz.vocabulary import VARIABLES

NAN = np.nan


def calls(known):
    """``known``: (step, call), whether the call was made; its norm is 10 step + call."""
    known = np.asarray(known)
    norms = np.where(known, 10 * np.arange(len(known))[:, None] + np.arange(known.shape[1]), NAN)
    return xr.Dataset(
        {"log10_grad_h": (("step", "call", "time"), norms[..., None])},
        coords={"step": np.arange(len(known)), "call": np.arange(known.shape[1])},
        attrs={"cell": "rnn", "module": "layer"},
    ).expand_dims(layer=[0], direction=["forward"], sample=[0])


@pytest.mark.parametrize(
    ("known", "step", "norms"),
    [
        ([[1, 1], [1, 1]], 1, [10, 11]),
        ([[1, 1, 1], [1, 1, 0]], 1, [10, 11]),
        ([[1, 1, 1], [1, 0, 0]], 1, [10]),
        ([[0, 1, 0], [0, 0, 0]], 0, [1]),
        ([[0, 0], [0, 0]], 1, [NAN, NAN]),
    ],
)
def test_all_calls_of_the_last_step_with_a_gradient(known, step, norms):
    chosen = diagnosed_step(calls(known))
    assert "call" not in chosen.dims
    assert chosen["step"].values.tolist() == [step]
    np.testing.assert_array_equal(chosen["log10_grad_h"].values.ravel(), norms)


def test_a_step_that_is_named():
    chosen = diagnosed_step(calls([[1, 1], [1, 0]]).assign_coords(step=[3, 8]), step=3)
    assert chosen["step"].values.tolist() == [3]
    assert chosen["log10_grad_h"].values.ravel().tolist() == [0, 1]


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize(
    "dims", [["step"], ["layer"], ["direction"], ["sample"], ["step", "sample", "direction"]]
)
def test_dims_that_were_selected_come_back(dims, drop):
    whole = dataset(log10_grad_c=np.zeros((1, 1, 1, 11, 2)), input_norm=np.ones((1, 11, 2)))
    cut = whole.isel(dict.fromkeys(dims, 0), drop=drop)
    found = diagnosed_step(cut)
    for name in whole.data_vars:
        assert set(found[name].dims) == set(VARIABLES[name].dims)
        xr.testing.assert_equal(
            found[name].transpose(*whole[name].dims),
            whole[name].isel({d: [0] for d in dims if d in whole[name].dims}),
        )
    assert found.attrs == whole.attrs


def test_a_recording_of_one_step_and_call_stays_as_it_is():
    whole = dataset()
    assert diagnosed_step(whole).identical(whole)


def test_errors():
    with pytest.raises(BadRecording, match="no variable 'log10_grad_h'"):
        diagnosed_step(dataset().drop_vars("log10_grad_h"))
    with pytest.raises(UnknownName, match="unknown module 'lyaer'; did you mean 'layer'"):
        diagnosed_step(tree(dataset()), "lyaer")
