"""Paths of the gradient are those of the measure."""

import numpy as np
from report.data.made import only_place, recording

import gradviz as gv
from gradviz.report.data.frames import read_frame


def test_paths_equal_the_measure():
    tree = recording((0, 10))
    found = only_place(tree)["paths"]
    measured = gv.gradient_paths(tree).isel(layer=0, direction=0).sel(path=found["paths"])
    for key, variable in (("norms", "log10_grad_path"), ("fractions", "path_fraction")):
        frame = found[key]
        half = (frame["high"] - frame["low"]) / 498
        expected = measured[variable].transpose("step", "path", "time").values
        np.testing.assert_allclose(read_frame(frame).values(), expected, rtol=0, atol=half * 1.001 + 1e-6)
    assert found["paths"] == ["direct", "carry", "forget", "input", "candidate", "output"]
