"""The table that ``gradviz demo`` prints: one line for each network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from gradviz.measures.decay_rate import decay_rate
from gradviz.measures.saturation import saturation
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, DIRECTION, LAYER, LOSS, STEP

_LAST = 20  # training steps, or recorded steps, that count as the end of training


def demo_table(recordings: Mapping[str, xr.Dataset | xr.DataTree]) -> str:
    """Table of the loss, the decades of gradient lost per time step, and the saturation of each recording.

    Parameters
    ----------
    recordings : mapping of label to DataTree
        Each has one module and the attributes ``baseline`` and ``baseline_meaning``.

    Returns
    -------
    str
        Aligned for a terminal of 80 columns.
    """
    first = next(iter(recordings.values()))
    lines = [
        f"{'':20}{'':9}{'decades of gradient lost':>28}{'':12}",
        f"{'':20}{'':9}{'per time step':>28}{'saturated':>12}",
        f"{'':20}{'loss':>9}{'untrained':>15}{'trained':>13}{'gates':>12}",
    ]
    for label, tree in recordings.items():
        loss = float(np.median(complete_curve(tree, LOSS).values[-_LAST:]))
        rate = decay_rate(tree)["decay_rate"].isel({LAYER: -1, DIRECTION: 0})
        stuck = saturation(tree)["both"].isel({STEP: slice(-_LAST, None)}).mean()
        lines.append(
            f"{label:20}{loss:9.4f}{float(rate[0]):15.3f}{float(rate[-_LAST:].median()):13.3f}"
            f"{float(stuck):12.0%}"
        )
    baseline = f"{float(first.attrs[BASELINE]):.4f}"
    lines.append(f"{'trivial predictor':20}{baseline:>9}   ({first.attrs[BASELINE_MEANING]})")
    return "\n".join(lines)
