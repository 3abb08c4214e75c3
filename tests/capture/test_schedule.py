"""Which steps are recorded."""

import pytest

import gradviz as gv


def test_every():
    assert [k for k in range(50) if gv.every(20)(k)] == [0, 20, 40]


def test_logspaced_has_its_ends_and_even_ratios():
    chosen = [k for k in range(1001) if gv.logspaced(0, 1000, 4)(k)]
    assert chosen == [0, 9, 99, 1000]


@pytest.mark.parametrize("arguments", [(5, 5, 3), (-1, 5, 3), (0, 5, 1)])
def test_logspaced_that_makes_no_sense(arguments):
    with pytest.raises(ValueError, match="needs 0 <= start < stop and a count of at least 2"):
        gv.logspaced(*arguments)
