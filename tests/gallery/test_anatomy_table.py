"""A diagram's numbers as rows."""

import numpy as np
import xarray as xr

from gradviz.gallery.anatomy_table import anatomy_table


def test_one_row_per_run_and_mean():
    run = xr.Dataset(
        {"mean_activation": ("gate", [0.1]), "log10_grad": ("wire", [-2.0, -3.0]), "loss": 0.5},
        coords={"gate": ["hidden"], "wire": ["h", "x"]},
    )
    table = anatomy_table({"seed 0": xr.DataTree(run), "seed 1": xr.DataTree(run + 1)})
    assert table.to_numpy().tolist()[:3] == [
        ["seed 0", "mean_activation", "hidden", 0.1],
        ["seed 0", "log10_grad", "h", -2.0],
        ["seed 0", "log10_grad", "x", -3.0],
    ]
    np.testing.assert_allclose(table["value"][3:], [1.1, -1, -2])
