"""Peak memory of one training step, native and recorded."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from gradviz.benchmark.cases import StepFactory
from gradviz.benchmark.measurement import torch_threads
from gradviz.benchmark.settings import Settings
from gradviz.benchmark.steps import Workload, make_workload, native, recorded
from gradviz.capture.record import record

_ON_CPU = 0  # device type in the trace of the profiler


@dataclass(frozen=True)
class Memory:
    """Peak memory of one training step at one length.

    Attributes
    ----------
    cell : str
    length : int
        Time steps.
    native_bytes, recorded_bytes : int
        Most bytes of tensors that a first step held at once, including the workspace of the recorder, but
        not the model and the batch, which existed before.
    kept_bytes : int
        Size of the recording of the step.
    """

    cell: str
    length: int
    native_bytes: int
    recorded_bytes: int
    kept_bytes: int


def measure_memory(
    settings: Settings,
    cell: str,
    *,
    on_begin: Callable[[str], object] = lambda what: None,
    on_end: Callable[[], object] = lambda: None,
) -> list[Memory]:
    """Peak memory of the native and of the recorded step (16 samples) at every length.

    Parameters
    ----------
    settings : Settings
    cell : str
    on_begin, on_end : callable
        Called before each length with its description, and after it.

    Returns
    -------
    list of Memory
        The short sequences first.
    """
    peak = _peak_on_gpu if settings.device == "cuda" else _peak_on_cpu
    found = []
    with torch_threads(settings.threads):
        for length in sorted(set(settings.lengths)):
            on_begin(f"{cell}, {length} time steps: memory")
            workload = make_workload(cell, length, settings)
            found.append(
                Memory(
                    cell,
                    length,
                    peak(native, workload.copy()),
                    peak(recorded, workload.copy()),
                    _recording_size(workload),
                )
            )
            on_end()
    return found


def _recording_size(workload: Workload) -> int:
    with record(workload.model) as tape:
        workload.model(workload.inputs).sum().backward()
    return int(tape.dataset.nbytes)


def _peak_on_gpu(make_step: StepFactory, workload: Workload) -> int:
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    with make_step(workload) as step:
        step()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def _peak_on_cpu(make_step: StepFactory, workload: Workload) -> int:
    """Peak memory from the trace of the profiler, which has every allocation and every release."""
    gc.collect()  # else the profiler warns of blocks that were allocated before the trace
    profiler = profile(activities=[ProfilerActivity.CPU], profile_memory=True)
    with _silent_stderr():
        profiler.start()
    try:
        with make_step(workload) as step:
            step()
    finally:
        with _silent_stderr():
            profiler.stop()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        return peak_of_trace(json.loads(path.read_text(encoding="utf-8")))


def peak_of_trace(trace: dict[str, Any]) -> int:
    """Most bytes held at once on the CPU, from the events of a trace of the profiler.

    Parameters
    ----------
    trace : dict
        Content of the file that ``torch.profiler.profile.export_chrome_trace`` writes with
        ``profile_memory=True``.

    Returns
    -------
    int
        Bytes of blocks allocated in the trace.  The running total of the trace cannot be used: it continues
        from one trace to the next and misses what was released between them.
    """
    events = [
        event
        for event in trace["traceEvents"]
        if event.get("name") == "[memory]" and event["args"]["Device Type"] == _ON_CPU
    ]
    sizes: dict[int, int] = {}
    held = peak = 0
    for event in sorted(events, key=lambda event: event["ts"]):
        address, size = event["args"]["Addr"], event["args"]["Bytes"]
        if size > 0:
            sizes[address] = size
            held += size
        else:
            held -= sizes.pop(address, 0)
        peak = max(peak, held)
    return peak


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Silence the library of the profiler, which writes to stderr at start and stop at any log level."""
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
