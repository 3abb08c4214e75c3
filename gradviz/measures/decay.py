"""How fast the gradient falls on its way back through time."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.recording.tree import require_variable, select_call, select_module
from gradviz.vocabulary import DIRECTION, LOG10_GRAD_H, REVERSE, SAMPLE, TIME

DECAY_RATE = "decay_rate"
QUARTILE_LOW = "decay_rate_quartile_low"
QUARTILE_HIGH = "decay_rate_quartile_high"
GOODNESS = "goodness_of_fit"
IGNORED = "values_ignored"
FITTED = "sequences_fitted"

_RATE_UNITS = "decades per time step"
_MOST_LAGS = 400  # beyond it an even subset of lags is used: slopes of all pairs grow with the square


def decay_rate(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Decades of gradient norm lost per time step of lag; positive is vanishing, negative exploding.

    A Theil-Sen line (the median of the slopes of all pairs of time steps) is fitted to the log10 norm of the
    total gradient against the lag, for every step, layer, direction and sequence; then come the median
    and the quartiles over sequences. The lag of a reverse direction counts towards later time steps.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h``, dims (step, layer, direction, time, sample), in decades. Of a module called
        several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims of ``log10_grad_h`` without time and sample
        ``decay_rate`` and its quartiles ``decay_rate_quartile_low``, ``decay_rate_quartile_high`` over
        sequences (decades per time step); ``goodness_of_fit`` (median over sequences of 1 - sum|residual| /
        sum|deviation from the median|, 1 is a perfect line, and also where the norm does not change);
        ``values_ignored`` (how many norms were zero, infinite or missing) and ``sequences_fitted``
        (those with at least two finite norms; the rate is NaN where none is).

    Raises
    ------
    BadRecording
        If there is no total gradient, or there are several calls.

    References
    ----------
    Sen (1968), "Estimates of the regression coefficient based on Kendall's tau", JASA 63.
    """
    norms = require_variable(select_call(select_module(data, module=module)), LOG10_GRAD_H)
    rows = norms.transpose(..., SAMPLE, TIME)
    lag = (
        -np.asarray(rows[TIME].values, dtype=np.float64)
        if TIME in rows.coords
        else -np.arange(rows.sizes[TIME])
    )
    values = np.asarray(rows.values, dtype=np.float64)
    rates, goodness = _fit_all(lag, values.reshape(-1, values.shape[-1]))
    rates, goodness = rates.reshape(values.shape[:-1]), goodness.reshape(values.shape[:-1])
    rates = _signed_by_direction(rows.isel({TIME: 0}, drop=True).copy(data=rates)).values
    template = rows.isel({TIME: 0, SAMPLE: 0}, drop=True)
    return _labelled(template, rates, goodness, ignored=(~np.isfinite(values)).sum(axis=(-2, -1)))


def _signed_by_direction(rates: xr.DataArray) -> xr.DataArray:
    """In a reverse direction the gradient travels towards later time steps."""
    if DIRECTION not in rates.coords:
        return rates
    return xr.where(rates[DIRECTION] == REVERSE, -rates, rates).transpose(*rates.dims)


def _fit_all(lag: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fits = np.array([_theil_sen(lag, row) for row in rows]).reshape(-1, 2)
    return -fits[:, 0], fits[:, 1]


def _theil_sen(lag: np.ndarray, log10_norm: np.ndarray) -> tuple[float, float]:
    """Slope in decades per step and goodness of fit of one sequence, over its finite values."""
    finite = np.isfinite(log10_norm)
    x, y = lag[finite], log10_norm[finite]
    if len(x) < 2:
        return np.nan, np.nan
    if len(x) > _MOST_LAGS:
        kept = np.linspace(0, len(x) - 1, _MOST_LAGS).round().astype(int)
        x, y = x[kept], y[kept]
    first, second = np.triu_indices(len(x), k=1)
    slope = float(np.median((y[second] - y[first]) / (x[second] - x[first])))
    residual = y - slope * x
    return slope, _goodness(residual, y)


def _goodness(residual: np.ndarray, y: np.ndarray) -> float:
    deviation = np.abs(y - np.median(y)).sum()
    left = np.abs(residual - np.median(residual)).sum()
    return float(1 - left / deviation) if deviation > 0 else 1.0


def _labelled(
    template: xr.DataArray, rates: np.ndarray, goodness: np.ndarray, *, ignored: np.ndarray
) -> xr.Dataset:
    fitted = np.isfinite(rates).sum(axis=-1)
    low, middle, high = _quartiles(rates)
    columns = {
        DECAY_RATE: (middle, "decay rate, positive is vanishing (median over sequences)", _RATE_UNITS),
        QUARTILE_LOW: (low, "decay rate, lower quartile over sequences", _RATE_UNITS),
        QUARTILE_HIGH: (high, "decay rate, upper quartile over sequences", _RATE_UNITS),
        GOODNESS: (_quartiles(goodness)[1], "goodness of fit (1 is a perfect exponential)", "1"),
        IGNORED: (ignored, "norms that are zero, infinite or missing", "1"),
        FITTED: (fitted, "sequences with at least two finite norms", "1"),
    }
    return xr.Dataset(
        {
            name: template.copy(data=values).assign_attrs(long_name=long_name, units=units).rename(name)
            for name, (values, long_name, units) in columns.items()
        }
    )


def _quartiles(values: np.ndarray) -> np.ndarray:
    """Shape (3, ...): quartiles over the last axis, NaN where nothing is there."""
    empty = ~np.isfinite(values).any(axis=-1, keepdims=True)
    return np.where(
        empty[..., 0], np.nan, np.nanquantile(np.where(empty, 0.0, values), (0.25, 0.5, 0.75), axis=-1)
    )
