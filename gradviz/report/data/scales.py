"""One scale for each quantity, over all runs of a page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradviz.plots.drawing.colour_limits import QUANTILES, decade_norm, extend_of
from gradviz.plots.drawing.gate_scale import largest_drawn
from gradviz.report.data.frames import STEPS, Frame
from gradviz.report.data.missing import Missing
from gradviz.report.data.panels import Gates, Gradient, Paths, PlaceData, TimeConstants, by_name
from gradviz.report.data.panels_of_run import Curve, TextPlace
from gradviz.report.data.run_data import RunData
from gradviz.vocabulary import GATE, ITERATION, LOG10_GRAD_PATH, STEP, TIME, VALIDATION

LINEAR, LOG10, DECADES = "linear", "log10", "decades"
GATE_SCALE, CURVE_SCALE = "gates/", "curve/"
SATURATION, TIME_CONSTANT, HIDDEN = "saturation", "time_constant", "hidden"

_LARGEST = 1e100  # of a curve; a larger value is as good as infinite


@dataclass(frozen=True)
class Scale:
    """One axis or colour scale, the same for all runs.

    Attributes
    ----------
    low, high : float
        Finite, `low` below `high`.
    kind : {"linear", "log10", "decades"}
        "decades": the values are logarithms already, and the ends whole decades; "log10": the values are
        positive, for a logarithmic axis.
    extend : {"neither", "min", "max", "both"}
        Where finite values lie beyond the ends.
    """

    low: float
    high: float
    kind: str = LINEAR
    extend: str = "neither"

    def to_json(self) -> dict[str, Any]:
        """Its attributes by name."""
        return by_name(self)


def common_scales(runs: Sequence[RunData]) -> dict[str, Scale]:
    """The scale of every quantity that any run has.

    Parameters
    ----------
    runs : sequence of RunData

    Returns
    -------
    dict of str to Scale
        Keys: variables of gradients and "log10_grad_path" (decades), "gates/sigmoid", "gates/tanh" and so on
        for every squashing function, "hidden" and "saturation" (linear), "time_constant" (log10), "step" and
        "time" (labels of what was recorded), "iteration" (those and the training steps of every curve), and
        "curve/loss" and so on for every metric.
    """
    places = [place for run in runs for place in run.places]
    steps = [run.steps.values for run in runs]
    return {
        **{name: decades(grids) for name, grids in _gradients(places).items()},
        **_of_paths(places),
        **_of_gates([*places, *(place for run in runs for place in _texts(run))]),
        SATURATION: Scale(0.0, 1.0),
        HIDDEN: _of_hidden(runs),
        TIME_CONSTANT: _of_time_constants(places),
        STEP: _of_labels(steps),
        ITERATION: _of_labels([*steps, *(curve.steps.values for run in runs for curve in _curves(run))]),
        TIME: _of_labels([place.times.values for place in places]),
        **_of_curves(runs),
    }


def decades(grids: Iterable[np.ndarray]) -> Scale:
    """A scale of logarithms with whole decades at its ends, as heatmaps have it.

    Parameters
    ----------
    grids : iterable of ndarray
        Values that are not finite do not count.

    Returns
    -------
    Scale
    """
    given = [np.asarray(grid, dtype=np.float64) for grid in grids]
    norm = decade_norm(given)
    ends = float(norm.vmin or 0.0), float(norm.vmax or 0.0)
    return Scale(*ends, DECADES, extend_of(given, ends))


def _gradients(places: Sequence[PlaceData]) -> dict[str, list[np.ndarray]]:
    """Values that a heatmap shows, by variable."""
    found: dict[str, list[np.ndarray]] = {}
    for place in places:
        for name, panel in place.gradients.items():
            if isinstance(panel, Gradient):
                shown = np.where(panel.frame.codes <= STEPS, panel.values.values, np.nan)
                found.setdefault(name, []).append(shown)
    return found


def _of_paths(places: Sequence[PlaceData]) -> dict[str, Scale]:
    grids = [place.paths.norms.values() for place in places if isinstance(place.paths, Paths)]
    return {LOG10_GRAD_PATH: decades(grids)} if grids else {}


def _texts(run: RunData) -> Sequence[TextPlace]:
    return () if isinstance(run.text, Missing) else run.text.places


def _of_gates(places: Sequence[PlaceData | TextPlace]) -> dict[str, Scale]:
    found: dict[str, list[np.ndarray]] = {}
    for place in places:
        panel = place if isinstance(place, TextPlace) else place.gates
        frame = place.gates.frame if isinstance(place.gates, Gates) else place.gates
        if not isinstance(frame, Frame) or isinstance(panel, Missing):
            continue
        axis = frame.dims.index(GATE)
        for number, squash in enumerate(panel.squash.values()):
            part = Frame(frame.codes.take([number], axis=axis), frame.dims, frame.low, frame.high)
            found.setdefault(squash, []).append(_finite(part.values()))
    return {f"{GATE_SCALE}{squash}": _of_squash(squash, parts) for squash, parts in found.items()}


def _of_squash(squash: str, parts: Sequence[np.ndarray]) -> Scale:
    if squash == "sigmoid":
        return Scale(0.0, 1.0)
    if squash not in ("relu", "exp"):
        return Scale(-1.0, 1.0)
    values = np.concatenate(parts)
    high = largest_drawn(values) if squash == "exp" else float(values.max(initial=1.0))
    return Scale(0.0, high, LINEAR, extend_of([values], (0.0, high)))


def _of_hidden(runs: Sequence[RunData]) -> Scale:
    frames = [place.hidden for run in runs for place in _texts(run) if isinstance(place.hidden, Frame)]
    high = max((max(abs(frame.low), abs(frame.high)) for frame in frames), default=1.0)
    return Scale(-max(high, 1.0), max(high, 1.0))


def _of_time_constants(places: Sequence[PlaceData]) -> Scale:
    found = [
        place.time_constants.values.values
        for place in places
        if isinstance(place.time_constants, TimeConstants)
    ]
    longest = max((float(_finite(values).max(initial=10.0)) for values in found), default=10.0)
    return Scale(1.0, 10.0 ** math.ceil(round(math.log10(longest), 6)), LOG10)


def _of_labels(found: Sequence[np.ndarray]) -> Scale:
    values = _finite(np.concatenate([np.asarray(each, dtype=np.float64) for each in found] or [np.zeros(0)]))
    if not len(values):
        return Scale(0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    return Scale(low, high if high > low else low + 1.0)


def _curves(run: RunData) -> list[Curve]:
    return [curve for curve in run.curves.values() if isinstance(curve, Curve)]


def _of_curves(runs: Sequence[RunData]) -> dict[str, Scale]:
    found: dict[str, list[np.ndarray]] = {}
    for run in runs:
        for curve in _curves(run):
            found.setdefault(curve.metric, []).append(_finite(curve.values.values))
            if curve.metric.startswith(VALIDATION):  # it is drawn into the figure of the training
                found.setdefault(curve.metric[len(VALIDATION) :], []).append(_finite(curve.values.values))
    return {f"{CURVE_SCALE}{name}": _of_curve(parts) for name, parts in found.items()}


def _of_curve(curves: Sequence[np.ndarray]) -> Scale:
    """From the least value to the largest, without spikes that a run has only for a moment."""
    known = [shown for shown in (values[np.abs(values) <= _LARGEST] for values in curves) if len(shown)]
    if not known:
        return Scale(0.0, 1.0)
    low = min(float(values.min()) for values in known)
    high = max(max(float(np.quantile(values, QUANTILES[1])), float(values[0])) for values in known)
    ends = (low, high) if high > low else (low, 10 * low if low > 0 else low + max(1.0, abs(low)))
    return Scale(*ends, LOG10 if low > 0 else LINEAR, extend_of(curves, ends))


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]
