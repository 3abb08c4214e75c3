"""What findings are computed from is public, and is the very function."""

import pytest

import gradviz as gv
from gradviz.diagnosis.measure_functions import MEASURES


@pytest.mark.parametrize("name", MEASURES)
def test_public(name):
    assert name in gv.__all__
    assert getattr(gv, name) is MEASURES[name]
