"""Versions and properties of the machine that can change results."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

import torch

from gradviz.recording.attributes import Scalar


def environment(origin: Mapping[str, Scalar]) -> dict[str, object]:
    """Content of ``environment.json``: the recording's origin, platform, processor and threads.

    Parameters
    ----------
    origin : mapping
        As `gradviz.recording.provenance.provenance` returns it.
    """
    return {
        **origin,
        "platform": platform.platform(),
        "processor": platform.machine(),
        "processor_model": processor_model(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }


def processor_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What the processor calls itself; empty where the system does not tell in this file."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")
