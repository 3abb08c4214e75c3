"""Numbers for sequences that begin along the way."""

import pytest
import torch

from gradviz.capture.row_numbers import numbered


@pytest.mark.parametrize(
    ("rows", "known", "expected"),
    [
        ([2, 0], [[0, 1, 2]], [2, 0]),  # none is new
        ([0, -1], [[0]], [0, 1]),  # a new one has the number of its row
        ([1, -1], [[0, 1]], [1, 2]),  # that is taken, so the next
        ([-1, -1], [[0, 1], [1, 2]], [3, 4]),
        ([3, -1, -1], [[3]], [3, 1, 2]),
    ],
)
def test_by_hand(rows, known, expected):
    assert numbered(torch.tensor(rows), [torch.tensor(each) for each in known]).tolist() == expected
