"""Training curves: the loss, and every other metric of a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import xarray as xr

from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.running_median import running_median
from gradviz.recording.tree import module_names, select_module
from gradviz.report.data.coarsen import at_most, note_of
from gradviz.report.data.missing import Missing, or_missing
from gradviz.report.data.panels_of_run import Curve
from gradviz.report.data.typed import Typed, labels
from gradviz.vocabulary import ITERATION, LOSS, STEP, is_metric

MOST_POINTS = 20_000
FEWEST_POINTS = 500
_LARGEST = 1e100  # as in plots, where a larger value is as good as infinite


def curves(tree: xr.DataTree, nbytes: int) -> Mapping[str, Curve | Missing]:
    """Every training curve of a recording, the loss first.

    Parameters
    ----------
    tree : DataTree
    nbytes : int
        Characters of base64 that all curves may take.

    Returns
    -------
    mapping of str to Curve or Missing
        Has the key "loss" in any case.
    """
    names = _names(tree)
    most = int(np.clip(nbytes / max(len(names), 1) / 27, FEWEST_POINTS, MOST_POINTS))  # 20 bytes, in base64
    found: dict[str, Curve | Missing] = {
        LOSS: Missing(LOSS, "recording has no loss; record it with tape.step(loss)")
    }
    found.update({name: or_missing(name, partial(curve, tree, name, most)) for name in names})
    return found


def curve(tree: xr.DataTree, metric: str, most: int = MOST_POINTS) -> Curve:
    """One training curve.

    Parameters
    ----------
    tree : DataTree
    metric : str
    most : int
        Points; of a longer curve evenly spaced ones are kept, and besides them the least value, the largest
        and the first that is not finite.

    Returns
    -------
    Curve

    Raises
    ------
    BadRecording, UnknownName
        If there is no such metric.
    """
    found = complete_curve(tree, metric, module=_module_with(tree, metric))
    values = np.asarray(found.values, dtype=np.float64).reshape(-1)
    dim = ITERATION if ITERATION in found.dims else STEP
    steps = np.asarray(found[dim].values if dim in found.coords else np.arange(len(values))).reshape(-1)
    kept = at_most(ITERATION, len(values), most, _told(values))
    drawn = np.where(np.isfinite(values) & (np.abs(values) <= _LARGEST), values, np.nan)
    return Curve(
        metric=metric,
        long_name=str(found.attrs.get("long_name", metric)),
        units=str(found.attrs.get("units", "1")),
        steps=labels(steps[kept.kept], ITERATION),
        values=Typed(values[kept.kept], (ITERATION,)),
        median=Typed(running_median(drawn)[kept.kept], (ITERATION,)),
        note=note_of(metric, [kept]),
    )


def _names(tree: xr.DataTree) -> list[str]:
    root = [name for name, values in tree.to_dataset(inherit=False).items() if values.dtype.kind in "fiub"]
    found = dict.fromkeys(map(str, root))
    for module in module_names(tree):
        dataset = select_module(tree, module=module)
        found.update(dict.fromkeys(str(name) for name in dataset.data_vars if is_metric(str(name))))
    return sorted(found, key=lambda name: name != LOSS)


def _module_with(tree: xr.DataTree, metric: str) -> str | None:
    with_it = [name for name in module_names(tree) if metric in select_module(tree, module=name)]
    return with_it[0] if with_it else None


def _told(values: np.ndarray) -> list[int]:
    """Positions of values that a reader would miss."""
    finite = np.isfinite(values)
    places = np.flatnonzero(finite)
    told = [int(places[values[places].argmin()]), int(places[values[places].argmax()])] if len(places) else []
    return [*told, int((~finite).argmax())] if not finite.all() else told
