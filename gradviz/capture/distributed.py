"""Where each process of a distributed training records, and whether it does."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import torch

from gradviz.recording.file_names import holds_recording, rank_folder, rank_folders


class Process(NamedTuple):
    """This process: its number, and how many there are."""

    rank: int
    processes: int

    @property
    def is_one_of_several(self) -> bool:
        return self.processes > 1


def this_process() -> Process:
    """Which process of a distributed training this is, without asking any of the others.

    Returns
    -------
    Process
        As ``torch.distributed`` says, or else the variables ``RANK`` and ``WORLD_SIZE`` of the environment,
        which torchrun sets; otherwise the only one.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return Process(torch.distributed.get_rank(), torch.distributed.get_world_size())
    rank, processes = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
    return Process(int(rank), int(processes)) if rank.isdecimal() and processes.isdecimal() else Process(0, 1)


def folder_of(process: Process, folder: Path) -> Path:
    """The folder in which a process records: ``rank-N`` in the given one, if it is one of several.

    Raises
    ------
    FileExistsError
        If the given folder holds what one process alone has recorded, or what several have and this is the
        only one: the two would hide each other.
    """
    if not process.is_one_of_several:
        ranks = rank_folders(folder)
        if ranks:
            raise FileExistsError(
                f"{folder} holds what the processes of a distributed training recorded "
                f"({', '.join(rank.name for rank in ranks)}), and this is one process alone; record to "
                "another path"
            )
        return folder
    if holds_recording(folder):
        raise FileExistsError(
            f"{folder} holds what one process alone recorded, and this is one of {process.processes} "
            "processes; record to another path"
        )
    return rank_folder(folder, process.rank)


def why_not_recorded(process: Process, ranks: Collection[int] | None) -> str:
    """Why a process does not record, where only some ranks do; empty if it does.

    Raises
    ------
    ValueError
        If there is no process of one of these ranks.
    """
    if ranks is None:
        return ""
    beyond = [rank for rank in sorted(ranks) if rank >= process.processes]
    if beyond:
        there = (
            f"there are {process.processes} processes, of rank 0 to {process.processes - 1}"
            if process.is_one_of_several
            else "there is one process, of rank 0"
        )
        raise ValueError(f"ranks = {sorted(ranks)}: {there}")
    if process.rank in ranks:
        return ""
    listed = ", ".join(map(str, sorted(ranks)))
    return f"this process is of rank {process.rank}, and by gv.storage(ranks=...) only rank {listed} records"
