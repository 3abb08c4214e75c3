"""How much of the gradient takes each path: through a gate, the carry or directly from the loss."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.log10_mean import log10_mean
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import LOG10_GRAD_PATH, PATH, SAMPLE, VARIABLES

PATH_FRACTION = "path_fraction"
MAIN_PATH = "main_path"


@takes_any_selection(PATH)
def gradient_paths(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Contribution of each path to the gradient at every time step, and the path that contributes most.

    Contributions may point in different directions. The norm of their sum is at most the sum of their norms,
    so fractions are taken of the sum of norms. In an LSTM, ``carry`` contributes to the gradient at the cell
    state and the other paths to the gradient at the hidden state.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_path``, dims (step, layer, direction, time, sample, path), in decades.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        ``log10_grad_path``, dims (step, layer, direction, time, path): mean norm over sequences, in decades;
        -inf where the path contributes nothing. ``path_fraction``, same dims: fraction of the sum over paths;
        NaN where no path contributes or one is infinite. ``main_path``, without the dim path: name of the
        path that contributes most, "" where none does.

    Raises
    ------
    BadRecording
        If the paths were not recorded (use ``detail="full"``), or there is no such call.

    Examples
    --------
    At the last time step, all of the gradient comes directly from the loss.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> found = gv.gradient_paths(tree)
    >>> found["path"].values.tolist()
    ['direct', 'carry', 'input', 'forget', 'candidate', 'output']
    >>> found["main_path"].isel(time=-1).item()
    'direct'
    """
    norms = check_variable(select_call(data, module=module, call=call), LOG10_GRAD_PATH)
    mean = log10_mean(norms, SAMPLE).transpose(..., PATH)
    known = VARIABLES[LOG10_GRAD_PATH]
    return with_units(
        {
            LOG10_GRAD_PATH: (mean, f"{known.long_name} (mean over sequences)", known.units),
            PATH_FRACTION: (
                mean.copy(data=_fractions(mean.values)),
                "fraction of the gradient through each path",
                "1",
            ),
            MAIN_PATH: (_main_path(mean), "path that contributes most of the gradient", "1"),
        }
    )


def _fractions(log10_norms: np.ndarray) -> np.ndarray:
    """Fractions over the last axis."""
    largest = log10_norms.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # where the largest is infinite, all fractions are NaN
        scaled = 10 ** (log10_norms - np.where(np.isfinite(largest), largest, 0))
        total = scaled.sum(axis=-1, keepdims=True)
    return np.divide(scaled, total, out=np.full_like(scaled, np.nan), where=(total > 0) & np.isfinite(total))


def _main_path(mean: xr.DataArray) -> xr.DataArray:
    filled = mean.fillna(-np.inf)
    names = mean[PATH].values[filled.values.argmax(axis=-1)]
    nothing = (filled == -np.inf).all(PATH).values
    return mean.isel({PATH: 0}, drop=True).copy(data=np.where(nothing, "", names))
