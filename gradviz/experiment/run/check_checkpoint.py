"""Checks that a checkpoint is one of the run that it is to continue."""

from __future__ import annotations

import math

from gradviz.experiment.run.checkpoint import Checkpoint
from gradviz.experiment.run.result import DIVERGED, DONE, PATIENCE, STOP_WHEN, STOPPED

RUN = "run"  # key of the experiment's fingerprint beside the state of the training


def check_checkpoint(found: Checkpoint, fingerprint: str) -> None:
    """Raise if a checkpoint has unusable values, or is of another run.

    Parameters
    ----------
    found : Checkpoint
    fingerprint : str
        That of the run's experiment.  A checkpoint that does not name its run is not compared.

    Raises
    ------
    ValueError
        The message says what is wrong.
    """
    if not isinstance(found.training, dict):
        raise ValueError(f"its checkpoint holds a {type(found.training).__name__} in place of a training")
    if not isinstance(found.parts, int) or found.parts < 0:
        raise ValueError("its checkpoint does not hold a number of parts")
    times = (found.seconds, found.cpu_seconds)
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in times):
        raise ValueError("its checkpoint does not hold the time of the training")
    if found.outcome not in ("", DONE, DIVERGED, STOPPED) or not isinstance(found.message, str):
        raise ValueError("its checkpoint does not say how the training ended")
    if found.stopped_by not in ("", STOP_WHEN, PATIENCE):
        raise ValueError("its checkpoint does not say what stopped the training")
    if not isinstance(found.metrics, str):
        raise ValueError("its checkpoint does not hold a digest of its metrics")
    of = found.training.get(RUN, fingerprint)
    if of != fingerprint:
        raise ValueError(f"its checkpoint is of another run ({str(of)[:8]!r}; this one is {fingerprint!r})")
    step = found.training.get("step", 0)
    if not isinstance(step, int) or step < 0:
        raise ValueError("its checkpoint does not hold a training step")
