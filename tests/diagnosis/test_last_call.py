"""The last call of the last step is diagnosed; dims that were selected before come back."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, tree

from gradviz.diagnosis.last_call import last_call, last_with_gradient
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
    ("known", "step", "call"),
    [
        ([[1, 1], [1, 1]], 1, 1),
        ([[1, 1, 1], [1, 1, 0]], 1, 1),
        ([[1, 1, 1], [1, 0, 0]], 1, 0),
        ([[0, 1, 0], [0, 0, 0]], 0, 1),
        ([[0, 0], [0, 0]], 1, 1),
    ],
)
def test_the_last_call_of_the_last_step(known, step, call):
    chosen = last_call(calls(known))
    assert "call" not in chosen.dims
    assert chosen["call"].item() == call
    assert last_with_gradient(chosen, "step") == step


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize(
    "dims", [["step"], ["layer"], ["direction"], ["sample"], ["step", "sample", "direction"]]
)
def test_dims_that_were_selected_come_back(dims, drop):
    whole = dataset(log10_grad_c=np.zeros((1, 1, 1, 11, 2)), input_norm=np.ones((1, 11, 2)))
    cut = whole.isel(dict.fromkeys(dims, 0), drop=drop)
    found = last_call(cut)
    for name in whole.data_vars:
        assert set(found[name].dims) == set(VARIABLES[name].dims)
        xr.testing.assert_equal(
            found[name].transpose(*whole[name].dims),
            whole[name].isel({d: [0] for d in dims if d in whole[name].dims}),
        )
    assert found.attrs == whole.attrs


def test_a_whole_recording_is_returned_as_it_is():
    whole = dataset()
    assert last_call(whole) is whole


def test_errors():
    with pytest.raises(BadRecording, match="no variable 'log10_grad_h'"):
        last_call(dataset().drop_vars("log10_grad_h"))
    with pytest.raises(UnknownName, match="unknown module 'lyaer'; did you mean 'layer'"):
        last_call(tree(dataset()), "lyaer")
