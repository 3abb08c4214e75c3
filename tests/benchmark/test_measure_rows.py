"""Every measure is timed, and what cannot be measured is named."""

import itertools

import pytest

from gradviz.benchmark import measure_rows
from gradviz.benchmark.measure_rows import measures, row_of_heatmap, rows_of_measures
from gradviz.errors import BadRecording


def clock(*seconds):
    """A clock whose runs take these seconds, the last one for ever."""
    ends = itertools.chain(seconds, itertools.repeat(seconds[-1]))
    now = 0.0
    for took in ends:
        yield now
        now += took
        yield now


def test_all_measures_of_one_recording_are_there():
    found = measures()
    assert {"decay_rate", "horizon", "saturation", "gradient_noise", "replay_error"} <= set(found)
    assert "lag_across" not in found


def test_slow_measures_have_rows_and_quick_ones_share_one(monkeypatch):
    def refuse(_):
        raise BadRecording("use detail='full'")

    found = {"slow": len, "middle": len, "quick": len, "quicker": len, "paths": refuse}
    monkeypatch.setattr(measure_rows, "measures", lambda: found)
    ticks = clock(3.0, 0.2, 0.2, 0.4, 0.05, 0.05, 0.05, 0.01)
    rows = list(rows_of_measures(steps=3, length=3, clock=lambda: next(ticks)))
    assert [(row.what, row.runs) for row in rows] == [
        ("slow", 1),
        ("middle", 3),
        ("the slowest of 2 others, quick", 3),
    ]
    assert [row.median for row in rows] == pytest.approx([3.0, 0.2, 0.05])
    assert [row.verdict for row in rows] == ["over by 1", "within", "within"]
    assert rows[-1].beside == "without data for: paths"


def test_a_heatmap_is_drawn_and_timed():
    ticks = clock(0.5, 1.5, 1.0)
    row = row_of_heatmap(steps=20, length=10, clock=lambda: next(ticks))
    assert (row.what, row.median, row.runs, row.verdict) == ("heatmap of 20 × 10 to PNG", 1.0, 3, "within")


@pytest.mark.slow
def test_measures_are_really_timed():
    rows = list(rows_of_measures(steps=60, length=20))
    assert sum(row.median for row in rows) > 0
    assert "gradient_paths" in rows[-1].beside
