"""The steepest place of a training: its gradient, what of it was applied, and how it compares with others."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import median

from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.metrics_file import read_metrics

LARGEST, APPLIED, OVER_MEDIAN = "steepest", "steepest_applied", "steepest_over_median"
NAMES = (LARGEST, APPLIED, OVER_MEDIAN)


def measure(folder: Path) -> dict[str, float]:
    """The largest norm of the gradient among the training steps.

    Parameters
    ----------
    folder : Path
        Of a run.

    Returns
    -------
    dict of str to float
        ``steepest``, the largest norm before it is clipped; ``steepest_applied``, the largest after that; and
        ``steepest_over_median``, how many times ``steepest`` is the median of all norms that are not zero. A
        gradient that is not finite counts in none of them; without one that counts the number is left out.

    Raises
    ------
    FileNotFoundError
        If there is no run.
    BadMetrics
        If its metrics are damaged.
    """
    columns = read_metrics(folder / METRICS)
    norms, applied = (_finite(columns[name]) for name in ("grad_norm", "grad_norm_clipped"))
    found = {LARGEST: max(norms)} if norms else {}
    if applied:
        found[APPLIED] = max(applied)
    moving = [norm for norm in norms if norm > 0]
    if moving:
        found[OVER_MEDIAN] = max(moving) / median(moving)
    return found


def _finite(values: list[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]
