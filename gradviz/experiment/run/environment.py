"""Versions and properties of the machine that can change results."""

from __future__ import annotations

import platform
from collections.abc import Mapping

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
        "threads": torch.get_num_threads(),
    }
