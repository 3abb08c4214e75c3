"""Peak memory is the most that was held at once, and grows in proportion to the length."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from gradviz.benchmark.peak_memory import _peak_on_cpu, measure_memory, peak_of_trace
from gradviz.benchmark.steps import make_workload


def event(time, address, size, *, device=0, name="[memory]"):
    return {"name": name, "ts": time, "args": {"Addr": address, "Bytes": size, "Device Type": device}}


def test_the_peak_of_a_trace():
    events = [
        event(1, 100, 10),
        event(4, 300, 7),  # to 20 - 10 + 7 = 17; the events are not in order
        event(2, 200, 10),
        event(3, 100, -10),
        event(5, 999, -50),  # a block from before the trace
        event(6, 400, 4),
        event(7, 500, 1000, device=1),
        event(8, 600, 1000, name="aten::add"),
    ]
    assert peak_of_trace({"traceEvents": events}) == 21
    assert peak_of_trace({"traceEvents": []}) == 0


def test_the_peak_is_of_tensors_held_at_once(tiny, capfd):
    @contextmanager
    def opener(_):
        def step():
            for _ in range(3):
                kept = torch.empty(1000, dtype=torch.float64)  # 8,000 bytes
                torch.empty(500, dtype=torch.float64)
                del kept

        yield step

    workload = make_workload("rnn", 5, tiny)
    left = []

    @contextmanager
    def leaving(_):
        yield lambda: left.append(torch.empty(100, dtype=torch.float64))

    assert _peak_on_cpu(opener, workload) == 12_000
    assert _peak_on_cpu(leaving, workload) == 800
    assert _peak_on_cpu(opener, workload) == 12_000  # not changed by an earlier trace
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_memory_is_linear_and_a_recorded_step_needs_more(tiny):
    calls = []
    settings = replace(tiny, lengths=(400, 100, 200))
    found = measure_memory(settings, "lstm", on_begin=calls.append)
    assert [m.length for m in found] == [100, 200, 400]
    assert calls[0] == "lstm, 100 time steps: memory"
    for values in ([m.native_bytes for m in found], [m.recorded_bytes for m in found]):
        growth = (values[2] - values[1]) / (values[1] - values[0])
        assert growth == pytest.approx(2.0, rel=0.1)
    assert all(m.recorded_bytes > m.native_bytes > 4 * 4 * m.length * 8 for m in found)
    assert all(0 < m.kept_bytes < m.recorded_bytes for m in found)
