"""Versions and machine, as far as they can change a number."""

from __future__ import annotations

import platform

import torch

from gradviz.recording.provenance import provenance


def environment() -> dict[str, object]:
    """What ``environment.json`` holds: what the recording's root says, platform, processor and threads."""
    return {
        **provenance(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
    }
