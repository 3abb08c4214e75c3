"""Facts of runs as columns."""

import numpy as np
import pytest

from gradviz.runs.columns import column, split


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], np.array([1, 2])),
        ([1, None], np.array([1, np.nan])),
        ([1, 2.5], np.array([1, 2.5])),
        ([True, False], np.array([True, False])),
        ([True, None], np.array(["true", ""])),
        (["a", None], np.array(["a", ""])),
        (["a", 2], np.array(["a", "2"])),
        ([None, None], np.array(["", ""])),
        ([2**63, 1], np.array([2.0**63, 1.0])),
    ],
)
def test_column(values, expected):
    found = column(values)
    assert found.dtype.kind == expected.dtype.kind
    np.testing.assert_array_equal(found, expected)


def test_split():
    differing, same = split([{"a": 1, "b": "x", "n": np.nan}, {"a": 2, "b": "x", "n": np.nan, "c": 1}])
    assert {name: values.tolist()[:1] for name, values in differing.items()}.keys() == {"a", "c"}
    np.testing.assert_array_equal(differing["c"], [np.nan, 1])
    assert same.keys() == {"b", "n"}
    assert split([{"a": True}, {"a": 1}])[0]["a"].tolist() == ["true", "1"]
