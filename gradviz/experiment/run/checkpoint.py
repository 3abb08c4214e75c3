"""Checkpoints: weights, optimiser, random generators, carried state, and the number of finished parts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gradviz.errors import GradvizError
from gradviz.experiment.run.folder import CHECKPOINT
from gradviz.recording.atomic import write_atomically
from gradviz.recording.sealed_zip import check_sealed_zip, sealed_zip


class CannotResume(GradvizError, RuntimeError):
    """The files of an unfinished run are damaged."""


class Checkpoint(NamedTuple):
    """State of a run between two training steps.

    Attributes
    ----------
    training : dict
        Result of `Training.state_dict`.
    parts : int
        Number of finished parts of the recording.
    seconds : float
        Training time so far.
    outcome : str
        How the training ended; empty while steps remain.
    message : str
        Why the training diverged or was stopped; empty if neither.
    metrics : str
        Digest of the metrics' file; empty if it is not known.
    stopped_by : {"", "stop_when", "patience"}
        The setting that stopped the training, if one did.
    cpu_seconds : float
        Processor time of the training so far, of all its threads.
    """

    training: dict[str, Any]
    parts: int
    seconds: float
    outcome: str = ""
    message: str = ""
    metrics: str = ""
    stopped_by: str = ""
    cpu_seconds: float = 0.0


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint.pt``; an earlier one stays until the new one is complete.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(checkpoint._asdict(), buffer)
    write_atomically(folder / CHECKPOINT, sealed_zip(buffer))


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder, or None if there is none yet.

    Raises
    ------
    CannotResume
        If it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        content = path.read_bytes()
        check_sealed_zip(content)
        return Checkpoint(**torch.load(io.BytesIO(content), weights_only=True, map_location="cpu"))
    except Exception as error:  # a truncated file raises errors of many types
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise CannotResume(f"{path} is damaged ({reason}); --fresh starts the run again") from error
