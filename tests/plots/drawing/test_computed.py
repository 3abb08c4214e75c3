"""Data of another type is an error that names its type and the call that returns the right one."""

import numpy as np
import pytest
import torch
import xarray as xr

import gradviz as gv

MADE_BY = {
    gv.plot_lyapunov: "DataArray that lyapunov_spectrum",
    gv.plot_eigenvalues: "Dataset that hidden_eigenvalues",
    gv.plot_connectivity: "DataArray that connectivity",
}


@pytest.mark.parametrize("plot", MADE_BY)
@pytest.mark.parametrize("data", ["a", 42, None, torch.nn.GRU(1, 1), np.ones(3), xr.DataTree()])
def test_the_message_names_the_type_and_the_call(plot, data):
    with pytest.raises(TypeError, match=f"got {type(data).__name__}: must be the {MADE_BY[plot]}"):
        plot(data)


@pytest.mark.parametrize("plot", [gv.plot_lyapunov, gv.plot_eigenvalues])
def test_also_within_a_mapping(plot):
    with pytest.raises(TypeError, match="got float: must be"):
        plot({"a": 1.0})
