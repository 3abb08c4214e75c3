"""The table that ``gradviz demo`` prints: one line a cell, to be read aloud."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from gradviz.measures.decay import decay_rate
from gradviz.measures.saturation import saturation
from gradviz.plots.learning_curve import complete_curve
from gradviz.vocabulary import LOSS, STEP

_LAST = 20  # training steps, and recorded steps, over which the end is averaged


def demo_table(recordings: Mapping[str, xr.Dataset | xr.DataTree]) -> str:
    """Loss, decades of gradient lost a step, and saturation of every recording.

    Parameters
    ----------
    recordings : mapping of label to DataTree
        Each with one module and with ``baseline`` and ``baseline_meaning`` among its attributes.

    Returns
    -------
    str
        Aligned for a terminal of 80 columns.
    """
    first = next(iter(recordings.values()))
    lines = [
        f"{'':20}{'loss':>8}{'gradient lost per time step':>30}{'saturated':>12}",
        f"{'':20}{'':8}{'untrained':>16}{'trained':>14}{'gates':>12}",
    ]
    for label, tree in recordings.items():
        loss = float(np.median(complete_curve(tree, LOSS).values[-_LAST:]))
        rate = decay_rate(tree)["decay_rate"].isel(layer=-1, direction=0)
        shut_or_open = saturation(tree)["both"].isel({STEP: slice(-_LAST, None)}).mean()
        lines.append(
            f"{label:20}{loss:8.4f}{_decades(float(rate[0])):>16}"
            f"{_decades(float(rate[-_LAST:].median())):>14}{float(shut_or_open):>12.0%}"
        )
    baseline = f"{float(first.attrs['baseline']):.4f}"
    lines.append(f"{'trivial predictor':20}{baseline:>8}   ({first.attrs['baseline_meaning']})")
    return "\n".join(lines)


def _decades(rate: float) -> str:
    return f"{rate:.3f} decades"
