"""What a run needs to go on: weights, optimiser, generators, carried state, and how much is on disk."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gradviz.errors import GradvizError
from gradviz.experiment.run.folder import CHECKPOINT
from gradviz.recording.atomic import write_atomically


class CannotResume(GradvizError, RuntimeError):
    """What is left of a run is damaged."""


class Checkpoint(NamedTuple):
    """A moment between two steps.

    Attributes
    ----------
    training : dict
        What `Training.state_dict` gave.
    parts : int
        Finished parts of the recording.
    seconds : float
        Trained so far.
    outcome : str
        Empty while there are steps left; else how the training ended.
    message : str
        What there is to say about that.
    """

    training: dict[str, Any]
    parts: int
    seconds: float
    outcome: str = ""
    message: str = ""


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint.pt``; an older one stays until the new one is complete.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(checkpoint._asdict(), buffer)
    write_atomically(folder / CHECKPOINT, buffer.getbuffer())


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint in a folder, or None where the run was stopped before the first one.

    Raises
    ------
    CannotResume
        When it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        return Checkpoint(**torch.load(path, weights_only=True, map_location="cpu"))
    except Exception as error:  # a truncated file raises whatever its reader stumbles over
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise CannotResume(f"{path} is damaged ({reason}); --fresh begins the run anew") from error
