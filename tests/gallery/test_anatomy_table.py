"""A diagram's numbers as rows."""

from gradviz.gallery.anatomy_run import Anatomy
from gradviz.gallery.anatomy_table import anatomy_table


def test_one_row_per_mean_and_none_for_a_missing_one():
    found = Anatomy({"hidden": 0.1}, -2.0, float("nan"), {"hidden": -3.0}, {"direct": -4.0, "hidden": -5.0})
    assert anatomy_table(found).to_numpy().tolist() == [
        ["mean_activation", "hidden", 0.1],
        ["log10_grad_h", "", -2.0],
        ["log10_grad_gate", "hidden", -3.0],
        ["log10_grad_path", "direct", -4.0],
        ["log10_grad_path", "hidden", -5.0],
    ]
