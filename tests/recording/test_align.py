"""The cells of a block in a larger array."""

import numpy as np
import pytest

from gradviz.recording.align import place_among

ROWS, COLUMNS = np.arange(0, 8, 2), np.array(["a", "b", "c", "d"])
WHOLE = np.arange(16).reshape(4, 4)


@pytest.mark.parametrize(
    ("rows", "columns", "are_slices"),
    [
        ([2, 4], ["b", "c"], (True, True)),
        ([0, 6], ["b", "c"], (False, True)),
        ([4], ["d", "a"], (True, False)),
        ([0, 4, 6], ["d", "b", "a"], (False, False)),
        ([0, 2, 4, 6], ["a", "c", "b", "d"], (True, False)),
        ([], ["a"], (False, True)),
    ],
)
def test_cells_by_their_labels(rows, columns, are_slices):
    index = place_among([np.array(rows, dtype=int), np.array(columns)], [ROWS, COLUMNS])
    expected = [[WHOLE[row // 2, "abcd".index(column)] for column in columns] for row in rows]
    assert WHOLE[index].tolist() == expected
    assert tuple(isinstance(each, slice) for each in index) == are_slices
