"""Variables have the dims, labels and units of the vocabulary."""

import numpy as np
import torch

from gradviz import dynamics_vocabulary as v
from gradviz.dynamics.labelled import labelled


def test_dims_long_names_and_units_are_the_vocabularys():
    found = labelled("log10_connectivity", torch.zeros(2, 3), {"time": [5, 6, 7]})
    assert found.dims == ("loss_time", "time")
    assert found["loss_time"].values.tolist() == [0, 1]
    assert found["time"].values.tolist() == [5, 6, 7]
    assert found["loss_time"].attrs == {"long_name": "time step of the loss", "units": "1"}
    assert found.attrs["units"] == "decades"
    assert found.name == "log10_connectivity"
    assert labelled("frobenius_norm", np.ones((2, 1))).dtype == np.float64


def test_every_variable_has_dims_that_are_described():
    for name, variable in v.DYNAMICS.items():
        assert set(variable.dims) <= set(v.DYNAMICS_DIMENSIONS), name
        assert variable.long_name
        assert variable.units
