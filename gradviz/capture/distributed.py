"""Where each process of a distributed training records."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from gradviz.recording.file_names import rank_folder


def of_this_rank(folder: Path) -> Path:
    """The folder in which this process records: a part of its own if it is one of several.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path
        ``rank-N`` in the folder, where ``torch.distributed`` has several processes, or else the variables
        ``RANK`` and ``WORLD_SIZE`` of the environment, which torchrun sets, say so. Otherwise the folder.
    """
    rank, processes = _rank()
    return rank_folder(folder, rank) if processes > 1 else folder


def _rank() -> tuple[int, int]:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    rank, processes = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
    return (int(rank), int(processes)) if rank.isdigit() and processes.isdigit() else (0, 1)
