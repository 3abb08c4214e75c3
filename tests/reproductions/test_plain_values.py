"""Numbers with four digits, and tables as JSON reads them back."""

import json
import math

import pytest

from gradviz.reproductions.plain_values import as_json, rounded, rounded_all


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.000123456, 0.0001235), (-98765.4, -98770.0), (12345.0, 12345.0), (0.0, 0.0), (math.inf, math.inf)],
)
def test_rounded(value, expected):
    assert rounded(value) == expected


def test_rounded_all():
    found = rounded_all({"a": 1 / 3, "b": math.nan})
    assert found["a"] == 0.3333
    assert math.isnan(found["b"])


def test_a_table_is_what_json_reads_back():
    table = {"a": (1, 2.5), "b": {"c": [True, "x", None]}, "d": math.inf}
    assert as_json(table) == json.loads(json.dumps(as_json(table)))
    assert as_json(table) == {"a": [1, 2.5], "b": {"c": [True, "x", None]}, "d": "inf"}
