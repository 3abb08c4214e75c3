"""A recording of many steps is one of real steps, repeated."""

import numpy as np

import gradviz as gv
from gradviz.benchmark.many_steps import many_steps, write_parts


def test_steps_are_counted_and_repeated():
    found = many_steps(60, 4, samples=3)
    assert found["step"].values.tolist() == list(range(60))
    assert dict(found["log10_grad_h"].sizes) == {
        "step": 60,
        "layer": 1,
        "direction": 1,
        "time": 4,
        "sample": 3,
    }
    h = found["log10_grad_h"].values
    np.testing.assert_array_equal(h[50:], h[:10])
    assert len(np.unique(h[:50, 0, 0, 0, 0])) == 50
    assert np.isfinite(found["loss"]).all()


def test_parts_can_be_loaded(tmp_path):
    assert write_parts(tmp_path / "run", 130, 4) == 2
    found = gv.load(tmp_path / "run")["recurrent"]
    assert found.sizes["step"] == 130
    np.testing.assert_array_equal(found["log10_grad_c"].values, many_steps(130, 4)["log10_grad_c"].values)
