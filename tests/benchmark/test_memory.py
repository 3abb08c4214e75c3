"""Peak memory is what was held at once, and grows in proportion to the length."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from gradviz.benchmark.memory import _peak_on_cpu, measure_memory, peak_of_trace
from gradviz.benchmark.steps import make_work


def test_the_peak_of_a_trace():
    def event(name, total, device=0):
        return {"name": name, "args": {"Total Allocated": total, "Device Type": device}}

    events = [event("[memory]", 10), event("aten::add", 99), event("[memory]", 30), event("[memory]", 5)]
    assert peak_of_trace({"traceEvents": [*events, event("[memory]", 500, device=1)]}) == 30
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

    assert _peak_on_cpu(opener, make_work("rnn", 5, tiny)) == 12_000
    assert capfd.readouterr().err == ""


def test_memory_is_linear_and_a_recorded_step_needs_more(tiny):
    told = []
    settings = replace(tiny, lengths=(800, 200, 400))
    found = measure_memory(settings, "lstm", on_begin=told.append)
    assert [m.length for m in found] == [200, 400, 800]
    assert told[0] == "lstm, 200 time steps: memory"
    for values in ([m.native_bytes for m in found], [m.recorded_bytes for m in found]):
        growth = (values[2] - values[1]) / (values[1] - values[0])
        assert growth == pytest.approx(2.0, rel=0.1)
    assert all(m.recorded_bytes > m.native_bytes > 4 * 4 * m.length * 8 for m in found)
    assert all(0 < m.kept_bytes < m.recorded_bytes for m in found)
