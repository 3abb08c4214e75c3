"""How often and how strongly training clipped the gradient."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_positive, check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, STEP

CLIPPED = "clipped"
FACTOR = "clip_factor"
RUNNING_FRACTION = "running_clipped_fraction"
FRACTION = "clipped_fraction"
MEDIAN_FACTOR = "clip_factor_median"
LONGEST_STREAK = "longest_clipped_streak"
COUNTED = "iterations_counted"

_ROUNDING = 1e-6  # relative: the two norms may have been summed in different orders


@takes_any_selection(STEP)
def clipping(
    data: xr.Dataset | xr.DataTree, *, clip_norm: float | None = None, window: int = 100
) -> xr.Dataset:
    """How often and how strongly the gradient norm of the whole model was clipped.

    Parameters
    ----------
    data : Dataset or DataTree
        Has the metrics ``grad_norm`` and ``grad_norm_clipped``, as `gradviz run` records them at every
        iteration, and `gradviz.record` with ``optimizer=`` at recorded steps. The Dataset of a module has
        recorded steps only.
    clip_norm : float, optional
        The clipping threshold, above 0. Required if ``grad_norm_clipped`` was not recorded. If both are
        there, `clip_norm` is used, so that another threshold can be tried.
    window : int
        Number of iterations in the running fraction, up to and including the current one.

    Returns
    -------
    Dataset
        Dims (iteration,), or (step,) for the Dataset of a module: ``clipped`` (1 or 0; NaN where a norm is
        missing or not finite), ``clip_factor`` (the factor that clipping applied to the gradient; 1 where it
        was not clipped) and ``running_clipped_fraction``. Over the whole training, without dims:
        ``clipped_fraction``, ``clip_factor_median`` over the clipped iterations (NaN if there are none),
        ``longest_clipped_streak`` and ``iterations_counted``.

    Raises
    ------
    BadRecording
        If the norms were not recorded.
    ValueError
        If `clip_norm` or `window` is not above 0.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks".

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4)
    >>> with gv.record(lstm) as tape:
    ...     for scale in (1e-6, 1e3, 1e3):
    ...         lstm.zero_grad()
    ...         (scale * lstm(torch.ones(5, 3, 2))[0].sum()).backward()
    ...         tape.step(grad_norm=nn.utils.clip_grad_norm_(lstm.parameters(), 1.0))
    >>> gv.clipping(tape.tree, clip_norm=1.0)["clipped"].values.tolist()
    [0.0, 1.0, 1.0]
    """
    if clip_norm is not None:
        check_positive("clip_norm", clip_norm)
    check_whole_number("window", window, at_least=1)
    before, after = _norms(data, clip_norm)
    known = xr.apply_ufunc(np.isfinite, before + after)
    cut = (after < before * (1 - _ROUNDING)) & known
    factor = xr.where(cut, after / before.where(cut), 1.0).where(known)
    whole = {
        FRACTION: (cut.where(known).mean(), "fraction of iterations with a clipped gradient", "1"),
        MEDIAN_FACTOR: (
            factor.where(cut).median(),
            "median factor applied to clipped gradients",
            "1",
        ),
        LONGEST_STREAK: (
            _longest_streak(cut.values[known.values]),
            "longest run of iterations with a clipped gradient",
            "iterations",
        ),
        COUNTED: (known.sum(), "iterations with a finite gradient norm", "iterations"),
    }
    return with_units(
        {
            CLIPPED: (cut.where(known), "whether the gradient was clipped", "1"),
            FACTOR: (factor, "factor that clipping applied to the gradient", "1"),
            RUNNING_FRACTION: (
                _running_fraction(cut, known, window),
                f"fraction of the last {window} iterations with a clipped gradient",
                "1",
            ),
            **whole,
        }
    )


def _norms(data: xr.Dataset | xr.DataTree, clip_norm: float | None) -> tuple[xr.DataArray, xr.DataArray]:
    """Gradient norms before and after clipping, float64."""
    metrics = data.to_dataset(inherit=False) if isinstance(data, xr.DataTree) else select_module(data)
    if GRAD_NORM not in metrics:
        raise BadRecording(
            f"recording has no metric {GRAD_NORM!r}; record what torch.nn.utils.clip_grad_norm_ returns with "
            f"tape.step(loss, {GRAD_NORM}=norm), and pass clip_norm=; or record with optimizer=optimizer"
        )
    before = metrics[GRAD_NORM].astype(np.float64)
    if clip_norm is not None:
        return before, before.clip(max=clip_norm)
    if GRAD_NORM_CLIPPED not in metrics:
        raise BadRecording(
            f"recording has no metric {GRAD_NORM_CLIPPED!r}; pass the clipping threshold with clip_norm=, "
            f"or record both norms with tape.step(loss, {GRAD_NORM}=before, {GRAD_NORM_CLIPPED}=after), or "
            "with optimizer=optimizer"
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
