import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.diagnosis.percent import percent


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.384, "38%"),
        (0.01, "1%"),
        (0.0002, "0.02%"),
        (0.9997, "99.97%"),
        (1e-9, "less than 0.0001%"),
    ],
)
def test_percent(fraction, text):
    assert percent(fraction) == text


@given(st.floats(1e-12, 1, exclude_max=True))
def test_it_never_says_nothing_or_all(fraction):
    assert percent(fraction) not in ("0%", "100%", "0.0%")
