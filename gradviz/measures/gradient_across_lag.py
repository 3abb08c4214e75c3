"""How much of the gradient is left after so many steps."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.by_lag import by_lag
from gradviz.measures.log10_mean import log10_mean
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call, select_module
from gradviz.vocabulary import LAG, LOG10_GRAD_C, LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, SAMPLE, TIME

LOST = "decades_lost"
LOST_H = "decades_lost_h"
LOST_C = "decades_lost_c"
PEAK = "decades_gained_at_peak"
PEAK_LAG = "lag_of_peak"
AFTER_PEAK = "decades_lost_after_peak"
ABOVE_DIRECT = "decades_above_direct"

_DECADES = "decades"


def gradient_across_lag(
    data: xr.Dataset | xr.DataTree, *, lag: int | None = None, module: str | None = None
) -> xr.Dataset:
    """Decades of gradient lost between the step where it begins and the step that lies a lag before.

    Norms are averaged over sequences, each counted from where its own gradient begins. What an LSTM carries
    over long lags goes through its cell state: it has lost as much as the better of hidden and cell state.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h``, dims (step, layer, direction, time, sample), and of an LSTM ``log10_grad_c``.
        Of a module called several times in a step, one call: ``data.sel(call=0)``.
    lag : int, optional
        Time steps, at least 1; by default from end to end, the longest lag that there is.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims (step, layer, direction), in decades
        ``decades_lost``, negative where the gradient has grown, inf where nothing arrives, NaN where no
        gradient begins, or no sequence is as long; ``decades_lost_h`` and of an LSTM ``decades_lost_c``,
        each of one state; ``decades_gained_at_peak``, how far the hidden state's gradient stands above its
        beginning at the highest point up to the lag (0 if that is the beginning), ``lag_of_peak`` in time
        steps, and ``decades_lost_after_peak`` from there to the lag. Where it was recorded, over all of time
        and not only up to the lag, ``decades_above_direct``: the largest total gradient against the largest
        direct one, which of a gradient that enters at one step only is its growth, and where it enters at
        many is not deceived by where it enters most. Attribute ``lag``.

    Raises
    ------
    BadRecording
        If no sequence is longer than the lag.
    ValueError
        If the lag is no whole number of at least 1.

    Notes
    -----
    Where the loss sees many time steps, the gradient begins at the last of them, and what arrives further
    back is not only what has come all the way.
    """
    dataset = select_call(select_module(data, module=module))
    of_h = log10_mean(by_lag(check_variable(dataset, LOG10_GRAD_H)), SAMPLE)
    lag = _checked(lag, of_h)
    lost_h = _lost(of_h, lag)
    columns = {LOST_H: (lost_h, "gradient lost at the hidden state", _DECADES)}
    lost = lost_h
    if LOG10_GRAD_C in dataset:
        lost_c = _lost(log10_mean(by_lag(dataset[LOG10_GRAD_C]), SAMPLE), lag)
        columns[LOST_C] = (lost_c, "gradient lost at the cell state", _DECADES)
        lost = lost_h.copy(data=np.fmin(lost_h, lost_c))
    columns[LOST] = (lost, "gradient lost over the lag", _DECADES)
    columns.update(_peak(of_h.isel({LAG: slice(lag + 1)})))
    if LOG10_GRAD_H_DIRECT in dataset:
        above = _largest(dataset[LOG10_GRAD_H]) - _largest(dataset[LOG10_GRAD_H_DIRECT])
        columns[ABOVE_DIRECT] = (above, "gradient grown above the largest that enters directly", _DECADES)
    return with_units(columns).assign_attrs({LAG: lag})


def _largest(norms: xr.DataArray) -> xr.DataArray:
    """Over time, of the mean norm over sequences."""
    return log10_mean(norms, SAMPLE).max(TIME)


def _checked(lag: int | None, norms: xr.DataArray) -> int:
    known = ~np.isnan(norms.values).reshape(-1, norms.sizes[LAG])
    lengths = known.sum(1)[known.any(1)]
    longest = int(lengths.max()) - 1 if len(lengths) else 0
    if lag is None:
        if longest < 1:
            raise BadRecording(
                "no sequence has two time steps with a gradient: there is no lag to measure over"
            )
        return longest
    lag = check_whole_number("lag", lag, at_least=1)
    if lag > longest:
        raise BadRecording(
            f"lag = {lag}: the longest sequence has {longest} step{'s' * (longest != 1)} before the last"
        )
    return lag


def _lost(norms: xr.DataArray, lag: int) -> xr.DataArray:
    with np.errstate(invalid="ignore"):
        return norms.isel({LAG: 0}, drop=True) - norms.isel({LAG: lag}, drop=True)


def _peak(norms: xr.DataArray) -> dict[str, tuple[xr.DataArray, str, str]]:
    """``norms``: up to the lag, dims (..., lag)."""
    known = norms.fillna(-np.inf)
    place = known.argmax(LAG)
    height = known.isel({LAG: place}).drop_vars(LAG, errors="ignore")
    with np.errstate(invalid="ignore"):
        gained = height - norms.isel({LAG: 0}, drop=True)
        lost = height - norms.isel({LAG: -1}, drop=True)
    return {
        PEAK: (gained, "gradient gained up to its highest point", _DECADES),
        PEAK_LAG: (
            place.astype(np.float64).where(gained.notnull()),
            "lag of the highest point",
            "time steps",
        ),
        AFTER_PEAK: (lost, "gradient lost after its highest point", _DECADES),
    }
