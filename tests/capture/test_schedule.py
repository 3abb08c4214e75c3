"""Which steps are recorded."""

import pytest

import gradviz as gv
from gradviz.capture.schedule import as_schedule, in_words


def test_every():
    assert [k for k in range(50) if gv.every(20)(k)] == [0, 20, 40]


def test_logspaced_has_its_ends_and_even_ratios():
    chosen = [k for k in range(1001) if gv.logspaced(0, 1000, 4)(k)]
    assert chosen == [0, 9, 99, 1000]


@pytest.mark.parametrize("arguments", [(5, 5, 3), (-1, 5, 3), (0, 5, 1)])
def test_logspaced_that_makes_no_sense(arguments):
    with pytest.raises(ValueError, match="needs 0 <= start < stop and a count of at least 2"):
        gv.logspaced(*arguments)


@pytest.mark.parametrize(
    ("schedule", "shown", "words"),
    [
        (gv.every(20), "gv.every(20)", "every 20"),
        (gv.every(1), "gv.every(1)", ""),
        (gv.logspaced(0, 1000, 50), "gv.logspaced(0, 1000, 50)", "gv.logspaced(0, 1000, 50)"),
        (bool, "<class 'bool'>", "those that a function chooses"),
    ],
)
def test_how_a_schedule_is_shown(schedule, shown, words):
    assert repr(schedule) == shown
    assert in_words(schedule) == words
    assert in_words(as_schedule(7)) == "every 7"
