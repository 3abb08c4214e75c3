"""Counts with their nouns."""

import pytest

from gradviz.diagnosis.plural import counted


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 time steps"),
        (1, "1 time step"),
        (1.0, "1 time step"),
        (1.4, "1 time step"),
        (1.6, "2 time steps"),
        (30.5, "30 time steps"),
        (0.6, "1 time step"),
    ],
)
def test_counted(count, text):
    assert counted(count, "time step") == text
