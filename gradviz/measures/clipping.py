"""How often training cut its gradient, and by how much."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_positive, check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import select_module
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED

CLIPPED = "clipped"
FACTOR = "clip_factor"
RUNNING_FRACTION = "running_clipped_fraction"
FRACTION = "clipped_fraction"
MEDIAN_FACTOR = "clip_factor_median"
LONGEST_STREAK = "longest_clipped_streak"
COUNTED = "iterations_counted"

_ROUNDING = 1e-6  # relative; the two norms may have been summed in another order


def clipping(
    data: xr.Dataset | xr.DataTree, *, clip_norm: float | None = None, window: int = 100
) -> xr.Dataset:
    """How often and how far the norm of the whole model's gradient was cut.

    Parameters
    ----------
    data : Dataset or DataTree
        Has the metrics ``grad_norm`` and ``grad_norm_clipped``, as `gradviz run` records them. A tree has
        them at every iteration, a module's Dataset only at recorded steps.
    clip_norm : float, optional
        The limit, above 0, where ``grad_norm_clipped`` was not recorded; or another than the one that was
        used. By default what was recorded counts.
    window : int
        Over how many iterations, the last of them the one at hand, the running fraction is taken.

    Returns
    -------
    Dataset
        dims (iteration,), or (step,) of a module's Dataset: ``clipped`` (1 or 0; NaN where a norm is missing
        or not finite), ``clip_factor`` (what the gradient was multiplied by, 1 where it was not cut) and
        ``running_clipped_fraction``. Of the whole training: ``clipped_fraction``, ``clip_factor_median``
        over the clipped iterations (NaN where there is none), ``longest_clipped_streak`` and
        ``iterations_counted``.

    Raises
    ------
    BadRecording
        If the norms were not recorded.
    ValueError
        If `clip_norm` or `window` is not above 0.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks".
    """
    if clip_norm is not None:
        check_positive("clip_norm", clip_norm)
    check_whole_number("window", window, at_least=1)
    before, after = _norms(data, clip_norm)
    known = xr.apply_ufunc(np.isfinite, before + after)
    cut = (after < before * (1 - _ROUNDING)) & known
    factor = xr.where(cut, after / before.where(cut), 1.0).where(known)
    whole = {
        FRACTION: (cut.where(known).mean(), "fraction of iterations clipped", "1"),
        MEDIAN_FACTOR: (
            factor.where(cut).median(),
            "what a clipped gradient was multiplied by (median)",
            "1",
        ),
        LONGEST_STREAK: (_longest_streak(cut.values[known.values]), "longest streak clipped", "iterations"),
        COUNTED: (known.sum(), "iterations with a finite gradient norm", "iterations"),
    }
    return with_units(
        {
            CLIPPED: (cut.where(known), "whether the gradient was clipped", "1"),
            FACTOR: (factor, "what the gradient was multiplied by", "1"),
            RUNNING_FRACTION: (
                _running_fraction(cut, known, window),
                f"fraction of the last {window} iterations clipped",
                "1",
            ),
            **whole,
        }
    )


def _norms(data: xr.Dataset | xr.DataTree, clip_norm: float | None) -> tuple[xr.DataArray, xr.DataArray]:
    """Of the gradient before and after it was clipped, float64."""
    metrics = data.to_dataset(inherit=False) if isinstance(data, xr.DataTree) else select_module(data)
    if GRAD_NORM not in metrics:
        raise BadRecording(
            f"recording has no metric {GRAD_NORM!r}; give it with tape.step(loss, {GRAD_NORM}=norm), "
            "norm being what torch.nn.utils.clip_grad_norm_ returns, and say clip_norm="
        )
    before = metrics[GRAD_NORM].astype(np.float64)
    if clip_norm is not None:
        return before, before.clip(max=clip_norm)
    if GRAD_NORM_CLIPPED not in metrics:
        raise BadRecording(
            f"recording has no metric {GRAD_NORM_CLIPPED!r}; say what the limit was with clip_norm=, "
            f"or give it with tape.step(loss, {GRAD_NORM}=before, {GRAD_NORM_CLIPPED}=after)"
        )
    return before, metrics[GRAD_NORM_CLIPPED].astype(np.float64)


def _longest_streak(cut: np.ndarray) -> xr.DataArray:
    ends = np.flatnonzero(~np.concatenate([[False], cut, [False]]))
    return xr.DataArray(int(np.diff(ends).max()) - 1)


def _running_fraction(cut: xr.DataArray, known: xr.DataArray, window: int) -> xr.DataArray:
    def over_window(flags: xr.DataArray) -> np.ndarray:
        total = np.concatenate([np.zeros(window), np.cumsum(flags.values)])
        return total[window:] - total[:-window]

    counted = over_window(known)
    return cut.copy(
        data=np.divide(over_window(cut), counted, where=counted > 0, out=np.full(len(cut), np.nan))
    )
