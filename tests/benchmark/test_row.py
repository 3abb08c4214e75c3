"""What a row of the table of limits says, for both outcomes."""

import pytest

from gradviz.benchmark.row import Row, limits_text, number, row_of, sum_text


def row(median, *, limit=None, at_least=False, runs=1, part="step", what="LSTM"):
    return Row(part, what, median - 0.1, median, median + 0.2, "ms", runs, limit, at_least)


def test_within_over_and_under():
    assert row(1.2, limit=1.2).verdict == "within"
    assert row(1.5, limit=1.2).verdict == "over by 0.3"
    assert row(0.9, limit=0.85, at_least=True).verdict == "within"
    assert row(0.5, limit=0.85, at_least=True).verdict == "under by 0.35"
    assert row(1.5).verdict == row(1.5).limit_text == ""
    assert row(1.5).is_met is None
    assert row(1.5, limit=1.2).limit_text == "at most 1.2"
    assert row(0.5, limit=0.85, at_least=True).limit_text == "at least 0.85"
    assert not row(float("nan"), limit=1.2).is_met


def test_quartiles_are_shown_of_several_runs_only():
    assert row(1.5, runs=3).measured_text == "1.50 ms [1.40 to 1.70]"
    assert row(1.5).measured_text == "1.50 ms"
    found = row_of("step", "GRU", [1.0, 2.0, 4.0, 3.0, 5.0], unit="s", limit=2, beside="x")
    assert (found.low, found.median, found.high, found.runs) == (2.0, 3.0, 4.0, 5)
    assert (found.limit, found.beside, found.verdict) == (2, "x", "over by 1")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00123, "0.0012"), (0.0512, "0.0512"), (5.678, "5.68"), (56.78, "56.8"), (5678.9, "5679")],
)
def test_three_digits(value, text):
    assert number(value, value) == text


def test_the_table_has_a_block_for_each_part_and_a_sum():
    rows = [row(1.0, limit=2, what="a"), row(3.0, limit=2, part="plots", what="bc"), row(7.0, what="d")]
    lines = limits_text(rows).splitlines()
    assert lines[2:5] == ["step", "  a   1.00 ms  at most 2  within", "  d   7.00 ms"]
    assert lines[6:8] == ["plots", "  bc  3.00 ms  at most 2  over by 1"]
    assert lines[-1] == sum_text(rows) == "1 of 2 limits met"
