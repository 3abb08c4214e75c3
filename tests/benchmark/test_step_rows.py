"""Rows about training steps: the right numbers beside the right limits."""

from dataclasses import replace

import pytest

from gradviz.benchmark import step_rows
from gradviz.benchmark.forms import LOOP
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.settings import Settings
from gradviz.benchmark.step_rows import (
    PLACES,
    Place,
    row_of_kept_bytes,
    rows_of_measurements,
    rows_of_memory,
    rows_of_places,
    rows_of_small_layers,
)
from gradviz.benchmark.timing import PairedTimes


def test_measurements_with_a_limit_have_rows(measurement):
    rows = rows_of_measurements(
        [
            measurement("step_jacobian_norms", ratio=0.02, limit=0.01),
            measurement(ratio=1.25, limit=1.2, floor=12.5),
            measurement("every_20", "rnn", ratio=1.05, limit=1.03),
            measurement("loop_hooks", ratio=9),
        ]
    )
    texts = [(row.part, row.what, row.measured_text, row.verdict) for row in rows]
    assert texts == [
        (
            "Recorded step",
            "LSTM, T = 100, recorded, 16 samples",
            "1.00 × (native + floor) [0.95 to 1.10]",
            "within",
        ),
        (
            "Recorded step",
            "RNN (tanh), T = 100, recorded, every=20",
            "1.05 × native [1.00 to 1.15]",
            "over by 0.02",
        ),
        (
            "Step Jacobians",
            "LSTM, T = 100, Frobenius norms, 1 sequence",
            "0.0200 × torch.autograd.functional.jacobian [-0.0300 to 0.1200]",
            "over by 0.01",
        ),
    ]
    assert rows[0].beside == "native 50.0, floor 12.5, measured 62.5 ms"


@pytest.mark.parametrize(("ratio", "verdict"), [(1.0, "within"), (8.0, "over by 0.55")])
def test_growth_is_from_100_time_steps_on(measurement, ratio, verdict):
    lengths = [measurement(length=25, ratio=9), measurement(length=3200, ratio=ratio), measurement(ratio=1.0)]
    (row,) = rows_of_measurements(lengths)
    assert row.part == "Growth with the length"
    assert row.what == "LSTM, T = 100 to 3,200: time, recorded, 16 samples"
    assert row.median == pytest.approx(1 + (0.6 if ratio == 8 else 0))  # 8 times as slow on 2^5 as long ones
    assert row.beside == "native 1.000"
    assert row.verdict == verdict
    assert rows_of_measurements(lengths[:2]) == []


def test_memory_is_beside_its_limit():
    memories = [Memory("lstm", 25, 1, 9, 1), Memory("lstm", 100, 10, 14, 1), Memory("lstm", 400, 40, 112, 1)]
    first, second, growth = rows_of_memory(memories)
    assert (first.median, first.limit, first.verdict) == (1.4, 1.5, "within")
    assert (second.median, second.verdict) == (2.8, "over by 1.3")
    assert growth.median == pytest.approx(1.5)  # 8 times the memory at 4 times the length
    assert growth.beside == "native 1.000"
    assert len(rows_of_memory(memories[:2])) == 1


def test_every_place_is_measured_on_every_cell_with_its_settings(tiny, monkeypatch, measurement):
    seen = []

    def spy(name, case, cell, length, settings):
        seen.append((name, cell, length, settings.hidden_size, settings.threads, settings.pairs))
        return measurement(name, cell, limit=case.limits["cpu"], floor=12.5)

    monkeypatch.setattr(step_rows, "measure_one", spy)
    places = (Place("wide", {"hidden_size": 9}, pairs=1), Place(LOOP, form=LOOP))
    rows = list(rows_of_places(replace(tiny, cells=("rnn", "gru")), places=places))
    assert [row.limit for row in rows] == [1.2, 1.3] * 4
    assert rows[0].what == "RNN (tanh), T = 100, wide, recorded, 16 samples"
    assert seen[0] == ("samples_16", "rnn", 100, 9, 1, 1)
    assert seen[-1] == ("samples_all", "gru", 100, 8, 1, 2)


def test_the_places_are_what_the_limits_are_stated_for():
    assert {place.what for place in PLACES} >= {
        "1 thread",
        "batch 256",
        "1,024 units",
        "2 layers",
        "3 layers",
    }
    for place in PLACES:
        assert replace(Settings(), **place.change).limits_apply


@pytest.mark.slow
def test_a_place_is_really_measured(tiny):
    for form in ("fused layer", LOOP):
        rows = list(rows_of_places(tiny, places=(Place("here", form=form),)))
        assert [row.runs for row in rows] == [2, 2]
        assert all(row.limit is None for row in rows)  # of 8 units


def test_small_layers_are_milliseconds_and_microseconds_a_time_step(tiny, monkeypatch):
    times = PairedTimes([0.001, 0.001, 0.002], [0.004, 0.0035, 0.0045], [])

    def pretend(native, measured, **_):
        measured()
        return times

    monkeypatch.setattr(step_rows, "time_pairs", pretend)
    rows = list(rows_of_small_layers(tiny))
    assert [(row.what, row.limit) for row in rows] == [
        ("LSTM, batch 1, T = 25, 32 units: beyond native", 1.0),
        ("LSTM, batch 1, 32 units: beyond native, a time step", None),
        ("LSTM, batch 8, 32 units: beyond native, a time step", None),
    ]
    assert rows[0].median == pytest.approx(2.5)
    assert rows[0].verdict == "over by 1.5"
    assert rows[1].median == pytest.approx(100)
    assert rows[0].beside == "native 1.00 ms"


def test_kept_bytes_are_four_at_most(tiny):
    row = row_of_kept_bytes(tiny, 50)
    assert row.unit == "bytes"
    assert 2 < row.median <= 4  # some variables have no samples
    assert row_of_kept_bytes(tiny, 400).median < row.median  # what has no time weighs less there
    assert row.verdict == "within"
