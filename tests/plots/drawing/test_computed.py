"""What is not computed on a model is refused in one line that says what came and what to give."""

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
def test_what_it_is_and_what_makes_it(plot, data):
    with pytest.raises(TypeError, match=f"got {type(data).__name__}: must be the {MADE_BY[plot]}"):
        plot(data)


@pytest.mark.parametrize("plot", [gv.plot_lyapunov, gv.plot_eigenvalues])
def test_also_within_a_mapping(plot):
    with pytest.raises(TypeError, match="got float: must be"):
        plot({"a": 1.0})
