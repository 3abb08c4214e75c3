"""Every planned case is measured on its own copies, and the number of threads is restored."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from gradviz.benchmark.cases import CASES, Case
from gradviz.benchmark.measurement import measure, plan
from gradviz.benchmark.settings import Settings
from gradviz.benchmark.steps import native
from gradviz.benchmark.timing import WARMUP_RUNS, PairedTimes


def test_the_plan_has_short_sequences_first_and_leaves_out_what_a_case_does_not_reach():
    planned = plan(Settings(cells=("rnn", "gru"), lengths=(200, 100, 200)))
    assert len(planned) == 2 * 6 + 2 * 4
    assert planned[:7] == [*[(name, "rnn", 100) for name in CASES], ("samples_16", "gru", 100)]
    assert ("every_20", "rnn", 200) not in planned
    assert ("step_jacobian_norms", "rnn", 200) not in planned


def counting(calls, name):
    @contextmanager
    def opener(workload):
        calls.append(("open", name, id(workload.model), torch.get_num_threads()))
        yield lambda: calls.append(name)
        calls.append(("close", name))

    return opener


def test_steps_of_a_run_are_timed_together_and_both_sides_have_their_own_model(tiny):
    calls = []
    cases = {"a": Case("a", counting(calls, "measured"), native=counting(calls, "native"), steps_per_run=4)}
    (found,) = measure(replace(tiny, pairs=3, threads=2), cases=cases)
    assert torch.get_num_threads() == 1
    assert calls.count("native") == calls.count("measured") == 4 * (3 + WARMUP_RUNS)
    assert calls[2:10] == ["native"] * 4 + ["measured"] * 4
    (_, _, native_model, native_threads), (_, _, measured_model, _) = calls[:2]
    assert native_threads == 2
    assert native_model != measured_model
    assert calls[-2:] == [("close", "measured"), ("close", "native")]
    assert (found.case, found.cell, found.length, found.pairs, found.limit) == ("a", "lstm", 5, 3, None)


def test_milliseconds_are_of_one_step(tiny, monkeypatch):
    times = PairedTimes([0.4, 0.8], [0.6, 1.6], [0.1, 0.2])
    monkeypatch.setattr("gradviz.benchmark.measurement.time_pairs", lambda *_, **__: times)
    (found,) = measure(tiny, cases={"twenty": Case("twenty", native, steps_per_run=20)})
    assert found.native_ms == pytest.approx((25.0, 30.0, 35.0))
    assert found.measured_ms == pytest.approx((42.5, 55.0, 67.5))
    assert found.ratio == pytest.approx((1.625, 1.75, 1.875))  # of 1.5 and 2
    assert found.floor_ms == pytest.approx((6.25, 7.5, 8.75))
    assert found.limited == found.to_floor == pytest.approx((1.3, 1.4, 1.5))  # of 6/5 and 8/5
    assert found.limit_to_native is None
    limited = replace(found, limit=1.2)
    assert limited.limit_to_native == pytest.approx(1.2 * 37.5 / 30)


@pytest.mark.parametrize(("length", "seconds"), [(100, float("inf")), (200, 3.0), (50, 3.0)])
def test_all_pairs_are_measured_at_100_time_steps(monkeypatch, length, seconds):
    seen = []

    def spy(*_, **options):
        seen.append((options["pairs"], options["seconds"]))
        raise KeyboardInterrupt

    monkeypatch.setattr("gradviz.benchmark.measurement.time_pairs", spy)
    with pytest.raises(KeyboardInterrupt):
        measure(Settings(cells=("rnn",), lengths=(length,)), cases={"samples_16": CASES["samples_16"]})
    assert seen == [(15, seconds)]
    assert torch.get_num_threads() == 1


def test_a_floor_is_timed_on_the_cpu(tiny):
    calls = []
    case = Case("a", counting(calls, "measured"), counting(calls, "native"), floor=counting(calls, "floor"))
    (found,) = measure(tiny, cases={"a": case})
    assert calls.count("floor") == calls.count("native") == 2 + WARMUP_RUNS
    assert found.limited is found.to_floor
    assert calls[-3:] == [("close", name) for name in ("floor", "measured", "native")]


@pytest.mark.slow
def test_every_case_really_runs(tiny):
    calls = []
    found = measure(tiny, on_begin=calls.append, on_end=lambda so_far: calls.append(len(so_far)))
    assert [m.case for m in found] == list(CASES)
    assert all(m.pairs == 2 and m.ratio.median > 0 and m.native_ms.median > 0 for m in found)
    assert calls[:2] == ["lstm, 5 time steps: recorded, 16 samples", 1]
    assert calls[1::2] == [1, 2, 3, 4, 5, 6]
