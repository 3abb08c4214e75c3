"""The values of a gradient heatmap: training step by time, averaged over sequences, with marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.log10_mean import log10_mean
from gradviz.measures.passing_gradient import passing_gradient, passing_name
from gradviz.plots.drawing.dim_labels import labels_of, long_name
from gradviz.plots.drawing.marks import NON_FINITE, marked_cells
from gradviz.vocabulary import LOG10_GRAD_H, SAMPLE, STEP, TIME, UNDERFLOW


@dataclass(frozen=True)
class GradientGrid:
    """The values and labels of one panel.

    Parameters
    ----------
    steps : ndarray, shape (step,)
        Recorded training steps.
    times : ndarray, shape (time,)
        Time steps.
    log10 : ndarray, shape (time, step)
        Log10 of the mean norm, decades.
    marks : dict of str to ndarray of bool, shape (time, step)
        As returned by `marks.marked_cells`.
    steps_label, times_label, label : str
        Labels of the axes and the colour bar.
    notes : dict of str to str
        More text for the legend entry of a mark, for example in how many sequences a norm is not finite.
    """

    steps: np.ndarray
    times: np.ndarray
    log10: np.ndarray
    marks: dict[str, np.ndarray]
    steps_label: str
    times_label: str
    label: str
    notes: dict[str, str] = field(default_factory=dict)

    @cached_property
    def on_scale(self) -> np.ndarray:
        """Log10 values, shape (time, step), NaN in marked cells; the limits are computed from these."""
        values = self.log10
        for mask in self.marks.values():
            if mask.any():
                values = np.where(mask, np.nan, values)
        return values


def gradient_grid(series: xr.Dataset, variable: str = LOG10_GRAD_H) -> GradientGrid:
    """The gradient grid of one layer and direction.

    Parameters
    ----------
    series : Dataset
        As returned by ``select_series``; `variable` has dims (step, time, sample).
    variable : str
        A log10 norm, in decades.

    Returns
    -------
    GradientGrid
        A cell is marked as underflow if the gradient of more than half of its sequences underflowed.

    Raises
    ------
    BadRecording
        If the variable was not recorded or has other dims.
    """
    norms = passing_gradient(series, variable)
    norms = norms.isel({d: 0 for d in norms.dims if d not in (STEP, TIME, SAMPLE) and norms.sizes[d] == 1})
    if set(norms.dims) != {STEP, TIME, SAMPLE}:
        extra = sorted(set(map(str, norms.dims)) - {STEP, TIME, SAMPLE})
        chosen = ", ".join(f"{dim}={labels_of(norms, dim).tolist()[0]!r}" for dim in extra)
        others = (
            f"also has {', '.join(extra)}: choose one with data.sel({chosen})"
            if extra
            else f"has only {norms.dims}"
        )
        raise BadRecording(
            f"a heatmap needs {variable!r} over {STEP}, {TIME}, {SAMPLE}; this recording {others}"
        )
    grid = log10_mean(norms, SAMPLE).transpose(TIME, STEP)
    return GradientGrid(
        steps=labels_of(grid, STEP),
        times=labels_of(grid, TIME),
        log10=grid.values,
        marks=marked_cells(grid.values, _underflow(series, variable)),
        steps_label=long_name(grid, STEP),
        times_label=long_name(grid, TIME),
        label=f"{passing_name(series, variable)}\nmean over sequences",
        notes=_not_finite_notes(norms),
    )


def _not_finite_notes(norms: xr.DataArray) -> dict[str, str]:
    """In how many sequences a norm is infinite, since a single one makes the mean infinite."""
    broken = (norms == np.inf).any([STEP, TIME])
    count = int(broken.sum())
    return {NON_FINITE: f"in {count} of {broken.size} sequences"} if 0 < count < broken.size else {}


def _underflow(series: xr.Dataset, variable: str) -> np.ndarray | None:
    if variable != LOG10_GRAD_H or UNDERFLOW not in series:
        return None
    flags = series[UNDERFLOW].transpose(TIME, STEP, SAMPLE).clip(0, 1).values
    return np.asarray(np.nansum(flags, axis=-1) > 0.5 * np.maximum(1, (~np.isnan(flags)).sum(axis=-1)))
