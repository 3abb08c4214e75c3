"""Through which gate, or past all of them, the gradient came."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.log10_mean import log10_mean
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import LOG10_GRAD_PATH, PATH, SAMPLE, VARIABLES

PATH_FRACTION = "path_fraction"
MAIN_PATH = "main_path"


def gradient_paths(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """What each path brings to the gradient at every time step, and which brings most.

    What the paths bring may point in different directions: the norm of their sum is at most the sum of their
    norms, so fractions are of the latter. In an LSTM ``carry`` arrives at the cell state and the others at
    the hidden state, which together are its state.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_path``, dims (step, layer, direction, time, sample, path), in decades. Of a module
        called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset
        dims (step, layer, direction, time, path): ``log10_grad_path``, the mean norm over sequences, in
        decades, -inf where the path brings nothing; ``path_fraction``, its part of the sum over paths, NaN
        where none brings anything or one is infinite. ``main_path``, without the dim path: the name of the
        path that brings most, "" where none does.

    Raises
    ------
    BadRecording
        If the paths were not recorded (``detail="full"`` does), or there are several calls.
    """
    norms = check_variable(select_call(data, module=module), LOG10_GRAD_PATH)
    mean = log10_mean(norms, SAMPLE).transpose(..., PATH)
    known = VARIABLES[LOG10_GRAD_PATH]
    return with_units(
        {
            LOG10_GRAD_PATH: (mean, f"{known.long_name} (mean over sequences)", known.units),
            PATH_FRACTION: (
                mean.copy(data=_fractions(mean.values)),
                "fraction of the gradient brought by a path",
                "1",
            ),
            MAIN_PATH: (_main_path(mean), "path that brings most of the gradient", "1"),
        }
    )


def _fractions(log10_norms: np.ndarray) -> np.ndarray:
    """Fractions over the last axis."""
    largest = log10_norms.max(axis=-1, keepdims=True)
    scaled = 10 ** (log10_norms - np.where(np.isfinite(largest), largest, 0))
    total = scaled.sum(axis=-1, keepdims=True)
    return np.divide(scaled, total, out=np.full_like(scaled, np.nan), where=(total > 0) & np.isfinite(total))


def _main_path(mean: xr.DataArray) -> xr.DataArray:
    filled = mean.fillna(-np.inf)
    names = mean[PATH].values[filled.values.argmax(axis=-1)]
    nothing = (filled == -np.inf).all(PATH).values
    return mean.isel({PATH: 0}, drop=True).copy(data=np.where(nothing, "", names))
