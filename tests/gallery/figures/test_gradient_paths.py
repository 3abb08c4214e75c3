"""Gradient past the gates and through them."""

import numpy as np
import pytest

from gradviz.gallery.figures import gradient_paths as figure


def test_fractions_add_up_and_the_direct_path_is_left_out_of_the_picture(small):
    data = small("gradient_paths")
    np.testing.assert_allclose(figure.fractions(data["LSTM"]).sum("path"), 1, atol=1e-6)
    left, right = figure.compose(data).axes
    names = [
        [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
        for ax in (left, right)
    ]
    assert names == [
        ["carry", "input", "forget", "candidate", "output"],
        ["carry", "reset", "update", "candidate"],
    ]


@pytest.mark.slow
def test_the_claim(full):
    for tree in full("gradient_paths").values():
        carry = figure.fractions(tree).sel(path="carry")
        assert float(carry.median()) > 0.8
        assert float(carry[:-3].min()) > 0.7
