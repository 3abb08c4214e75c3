"""The most memory that one training step holds at a time, plain and recorded."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from gradviz.benchmark.cases import StepFactory
from gradviz.benchmark.measurement import torch_threads
from gradviz.benchmark.settings import Settings
from gradviz.benchmark.steps import Workload, make_workload, native, recorded
from gradviz.capture.record import record

_ON_CPU = 0  # the profiler's number of the device


@dataclass(frozen=True)
class Memory:
    """Memory of one training step at one length.

    Attributes
    ----------
    cell : str
    length : int
        Time steps.
    native_bytes, recorded_bytes : int
        The most bytes of tensors that a first step held at once, the recorder's workspace among them;
        model and batch, which were there before, are not.
    kept_bytes : int
        Of the recording that the step leaves.
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
    """Peak memory of the plain and of the recorded step (16 samples) at every length.

    Parameters
    ----------
    settings : Settings
    cell : str
    on_begin, on_end : callable
        Told before and after each length; the first gets a description.

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
                    _kept(workload),
                )
            )
            on_end()
    return found


def _kept(workload: Workload) -> int:
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
    """From the profiler's trace, which has every allocation and every release."""
    gc.collect()  # else the profiler warns of blocks released in the trace that it has not seen allocated
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


def peak_of_trace(trace: dict) -> int:
    """The most bytes held at once on the CPU, by the events of a profiler's trace.

    Parameters
    ----------
    trace : dict
        What ``torch.profiler.profile.export_chrome_trace`` writes with ``profile_memory=True``.

    Returns
    -------
    int
        Of blocks allocated in the trace.  Its running total is of no use: it goes on from one trace to the
        next and misses what was released between.
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
    """Starting and stopping, the profiler's library writes to the standard error whatever its log level."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
