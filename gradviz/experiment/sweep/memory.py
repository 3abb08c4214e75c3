"""The memory and the devices of a sweep's points, before the first of them is begun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradviz.experiment.config.checks.memory_estimate import check_memory
from gradviz.experiment.config.prepare_model import check_device
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.run.folder import progress
from gradviz.experiment.sweep.grid import Point, folder_of


def check_memory_of_points(points: Sequence[Point], runs: Path, *, available: int | None = None) -> None:
    """Raise if a point that is not done yet needs more memory than there is, or a device that is not there.

    Parameters
    ----------
    points : sequence of Point
    runs : Path
        Folder of the run folders.
    available : int, optional
        As `check_memory` takes it.

    Raises
    ------
    BadExperiment
        The message names the first such point, and what it needs and what there is.
    """
    for point in points:
        if progress(folder_of(runs, point)) == "done":
            continue
        try:
            check_device(point.experiment.training)
            check_memory(point.experiment, available=available)
        except BadExperiment as error:
            raise BadExperiment(f"at {point.label}: {error}") from None
