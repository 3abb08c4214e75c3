"""The text of the tables."""

from dataclasses import replace

import pytest

from gradviz.benchmark.benchmark_table import growth_exponent, memory_table, time_table, verdict
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.settings import Settings


def test_within_or_over():
    assert verdict(1.2, 1.2) == "within 1.2"
    assert verdict(1.25, 1.2) == "over 1.2 by 0.05"
    assert verdict(2.0, 0.01) == "over 0.01 by 2"


def test_a_row_has_medians_quartiles_pairs_and_the_limit(measurement):
    text = time_table([measurement(ratio=1.25, limit=1.2), measurement(length=200, pairs=7)], Settings())
    head, _, _, empty, title, columns, first, second, growth = text.splitlines()
    assert "128 units, batch 64" in head
    assert "CPU, 2 threads" in head
    assert empty == ""
    assert title == "recorded, 16 samples"
    assert columns.split() == ["cell", "T", "native,", "ms", "measured,", "ms", "ratio", "pairs"]
    assert " ".join(first.split()) == (
        "lstm 100 50.0 [49.0 52.0] 62.5 [61.5 64.5] 1.25 [1.20 1.35] 15 over 1.2 by 0.05"
    )
    assert " ".join(second.split()) == "lstm 200 100 [99 102] 125 [124 127] 1.25 [1.20 1.35] 7"
    assert growth == "  from T = 100 on time grows as lstm T^1.00"
    assert max(map(len, text.splitlines())) <= 110


def test_there_is_a_block_for_every_case_in_their_order_and_rows_by_cell(measurement):
    rows = [
        measurement("every_20", "gru", ratio=1.01),
        measurement("every_20", "rnn", ratio=1.02),
        measurement("samples_all", "gru"),
    ]
    lines = time_table(rows, Settings()).splitlines()
    assert lines[4] == "recorded, all samples"
    assert lines[8] == "recorded, every=20 (milliseconds per step; 20 steps are timed together)"
    assert [line.split()[0] for line in lines[10:]] == ["rnn", "gru"]


def test_columns_stand_below_their_heads_whatever_their_size(measurement):
    rows = [measurement(length=10, ratio=r) for r in (0.2, 1.2, 31.4159)]
    *_, head, small, even, large = [
        line for line in time_table(rows, Settings()).splitlines() if "grows" not in line
    ]
    assert head.endswith("pairs")
    assert len(head) == len(small) == len(even) == len(large)
    assert "0.200 [0.150 0.300]" in small
    assert "31.4 [31.4 31.5]" in large


def test_growth_is_the_slope_from_100_time_steps_on(measurement):
    rows = [measurement(length=25, ratio=9.0), measurement(length=400, ratio=4.0), measurement(ratio=1.0)]
    assert growth_exponent(rows) == pytest.approx(2.0)  # 50 ms at 100, 800 ms at 400
    assert growth_exponent(rows[:2]) is None


def test_the_memory_table():
    text = memory_table([Memory("lstm", 100, 50_000_000, 60_000_000, 123_400)])
    assert text.splitlines()[-1].split() == ["lstm", "100", "50.0", "60.0", "1.20", "600.0", "123.4"]


def test_other_threads_are_named(measurement):
    assert "CPU, 4 threads" in time_table([measurement()], replace(Settings(), threads=4))


def test_a_floor_has_a_column_and_the_ratio_and_the_limit_are_to_it(measurement):
    text = time_table([measurement(ratio=1.25, limit=1.2, floor=12.5)], Settings())
    *_, head, row = text.splitlines()
    assert head.split() == ["cell", "T", "native,", "ms", "floor,", "ms", "measured,", "ms", "ratio", "pairs"]
    assert " ".join(row.split()) == (
        "lstm 100 50.0 [49.0 52.0] 12.5 62.5 [61.5 64.5] 1.00 [0.95 1.10] 15 within 1.2"
    )
    assert max(map(len, text.splitlines())) <= 118
