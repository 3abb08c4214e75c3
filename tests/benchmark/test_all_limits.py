"""What the default measures, and what only the full benchmark does."""

import pytest

from gradviz.benchmark import all_limits
from gradviz.benchmark.all_limits import more_rows
from gradviz.benchmark.command_times import CommandTime, SweepTime
from gradviz.benchmark.row import Row


@pytest.fixture
def pretended(monkeypatch):
    def rows_named(name):
        return lambda *_, **__: [Row(name, name, 1, 1, 1, "s")]

    for name in ("rows_of_small_layers", "rows_of_places", "rows_of_measures", "rows_of_large_recording"):
        monkeypatch.setattr(all_limits, name, rows_named(name))
    for name in ("row_of_kept_bytes", "row_of_heatmap"):
        monkeypatch.setattr(all_limits, name, lambda *_, name=name, **__: rows_named(name)()[0])
    found = [CommandTime("run", (1.0,), 3.0)], SweepTime(8, 2, 8.0, 5.0)
    monkeypatch.setattr(all_limits, "time_commands", lambda *, times, on_end: found)


def test_what_takes_minutes_is_measured_on_request(pretended, tiny):
    quick = [row.what for row in more_rows(tiny, full=False)]
    assert quick == ["rows_of_small_layers", "row_of_kept_bytes", "rows_of_measures", "row_of_heatmap"]
    full = [row.what for row in more_rows(tiny, full=True)]
    assert set(full) - set(quick) == {
        "rows_of_places",
        "rows_of_large_recording",
        "gradviz run",
        "gradviz sweep of one-second points: training in the workers' time",
    }
    assert len(full) == len(quick) + 4
