"""The functions that findings are computed from are the public ones."""

import pytest

import gradviz as gv
from gradviz.diagnosis.measure_functions import MEASURES


@pytest.mark.parametrize("name", MEASURES)
def test_public(name):
    assert name in gv.__all__
    assert getattr(gv, name) is MEASURES[name]
