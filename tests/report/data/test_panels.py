"""Dataclasses become strict JSON."""

import json

import numpy as np

from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import as_json


def test_everything_becomes_strict_json():
    given = {1: (Missing("a", "b"), np.float32(0.5), np.nan, -np.inf, None, True, np.int64(3)), "c": [{2}]}
    found = json.loads(json.dumps(as_json(given), allow_nan=False))
    missing = {"missing": "a", "how_to_get_it": "b"}
    assert found == {"1": [missing, 0.5, "nan", "-inf", None, True, 3], "c": ["{2}"]}
