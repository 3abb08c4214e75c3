"""Titles of the panel of a gate."""

import numpy as np
import pytest

from gradviz.plots.drawing.gate_title import gate_title


@pytest.mark.parametrize(
    ("arguments", "fraction", "title"),
    [
        (["forget"], None, "forget gate"),
        (["hidden"], None, "hidden units"),
        (["update", "at training step 3"], [0.1, 0.0], "update gate at training step 3"),
        (
            ["update", "at training step 3"],
            [np.nan, 0.0],
            "update gate at training step 3: nothing saturated",
        ),
        (["update"], [0.012, np.nan, 0.0], "update gate: at most 1.2\N{NARROW NO-BREAK SPACE}% saturated"),
        (["update"], [np.nan, np.nan], "update gate"),
    ],
)
def test_titles(arguments, fraction, title):
    assert gate_title(*arguments, fraction=None if fraction is None else np.array(fraction)) == title
