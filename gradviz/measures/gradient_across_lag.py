"""How much of the gradient is left after a lag."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.by_lag import values_by_lag
from gradviz.measures.lag import reverse_along
from gradviz.measures.log10_mean import log10_mean_of
from gradviz.measures.passing_gradient import beyond_cut, carried_gradient, passing_gradient
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_call
from gradviz.vocabulary import LAG, LOG10_GRAD_C, LOG10_GRAD_H_DIRECT, SAMPLE, TIME

LOST = "decades_lost"
LOST_H = "decades_lost_h"
LOST_C = "decades_lost_c"
PEAK = "decades_gained_at_peak"
PEAK_LAG = "lag_of_peak"
AFTER_PEAK = "decades_lost_after_peak"
ABOVE_DIRECT = "decades_above_direct"

_DECADES = "decades"


@takes_any_selection(TIME)
def gradient_across_lag(
    data: xr.Dataset | xr.DataTree,
    *,
    lag: int | None = None,
    module: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """Decades of gradient lost between the step where it begins and the step that lies a lag before it.

    Norms are averaged over sequences, and the lag counts from where the gradient of each sequence begins.
    A sequence whose state was cut off on the way (``cut``) counts only up to there, unless all were.
    An LSTM carries gradient over long lags through its cell state, so its loss is the smaller of the losses
    at the hidden state and at the cell state.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h``, dims (step, layer, direction, time, sample), and for an LSTM ``log10_grad_c``.
    lag : int, optional
        In time steps, at least 1. By default the longest lag in the recording.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims (step, layer, direction), in decades
        ``decades_lost``: negative if the gradient has grown, inf if nothing arrives, NaN if there is no
        gradient or no sequence is long enough. ``decades_lost_h`` and, for an LSTM, ``decades_lost_c``: the
        same for one state. ``decades_gained_at_peak``: how far the largest gradient of the hidden state up
        to the lag lies above its beginning (0 if it is the beginning); of the state that was handed on,
        where it was changed between two calls. ``lag_of_peak``: where that is, in time steps.
        ``decades_lost_after_peak``: loss from there to the lag. ``decades_above_direct``, if the direct
        gradient was recorded: the largest total gradient over the largest direct gradient, taken over all
        time steps and not only up to the lag. If the gradient enters at one step only, this is its growth;
        if it enters at many steps, a large gradient that enters at one of them is not counted as growth.
        Attribute ``lag``: the lag that was used.

    Raises
    ------
    BadRecording
        If no sequence is longer than the lag, the gradient was not recorded, or there is no such call.
    ValueError
        If the lag is not a whole number of at least 1.

    Notes
    -----
    If the loss reads many time steps, the gradient begins at the last of them. The gradient further back
    then includes what entered on the way.

    Examples
    --------
    A linear recurrence that multiplies its state by 0.1 loses one decade per time step.

    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> rnn = nn.RNN(1, 2, nonlinearity="relu", bias=False)
    >>> rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = torch.ones(2, 1), 0.1 * torch.eye(2)
    >>> with gv.record(rnn) as tape:
    ...     rnn(torch.ones(20, 3, 1))[0][-1].sum().backward()
    >>> round(gv.gradient_across_lag(tape.dataset, lag=5)["decades_lost"].item(), 3)
    5.0
    """
    dataset = select_call(data, module=module, call=call)
    passing = _rows(passing_gradient(dataset))
    dims = passing.dims[:-2]
    reverse, ended = reverse_along(dataset, passing.dims), _rows(beyond_cut(dataset)).values
    of_h = _mean_by_lag(passing.values, ended, reverse)
    lag = _checked(lag, of_h)
    lost_h = _lost(of_h, lag)
    columns = {LOST_H: (lost_h, "gradient lost at the hidden state", _DECADES)}
    lost = lost_h
    if LOG10_GRAD_C in dataset:
        lost_c = _lost(
            _mean_by_lag(_rows(passing_gradient(dataset, LOG10_GRAD_C)).values, ended, reverse), lag
        )
        columns[LOST_C] = (lost_c, "gradient lost at the cell state", _DECADES)
        lost = np.fmin(lost_h, lost_c)
    carried = _mean_by_lag(_rows(carried_gradient(dataset)).values, ended, reverse)
    columns[LOST] = (lost, "gradient lost over the lag", _DECADES)
    columns.update(_peak(carried[..., : lag + 1]))
    if LOG10_GRAD_H_DIRECT in dataset:
        direct = _rows(dataset[LOG10_GRAD_H_DIRECT])
        with np.errstate(invalid="ignore"):
            above = _largest(passing.values) - _largest(direct.values)
        columns[ABOVE_DIRECT] = (above, "largest total gradient above the largest direct gradient", _DECADES)
    labelled = {
        name: (xr.Variable(dims, values), text, unit) for name, (values, text, unit) in columns.items()
    }
    return with_units(labelled, of=dataset).assign_attrs({LAG: lag})


def _rows(norms: xr.DataArray) -> xr.Variable:
    """Bare values, dims (..., sample, time)."""
    return norms.variable.transpose(..., SAMPLE, TIME)


def _mean_by_lag(norms: np.ndarray, ended: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """Mean over the sequences not cut off before a lag, or over all if each is; shape (..., lag)."""
    mean = log10_mean_of(values_by_lag(norms, reverse), -2)
    if not ended.any():
        return mean
    going_on = np.where(ended & (norms == -np.inf), np.nan, norms)
    of_these = log10_mean_of(values_by_lag(going_on, reverse), -2)
    return np.where(np.isnan(of_these), mean, of_these)


def _largest(norms: np.ndarray) -> np.ndarray:
    """The largest over time of the mean norm over sequences."""
    return np.fmax.reduce(log10_mean_of(norms, -2), axis=-1)


def _checked(lag: int | None, norms: np.ndarray) -> int:
    known = ~np.isnan(norms).reshape(-1, norms.shape[-1])
    lengths = known.sum(1)[known.any(1)]
    longest = int(lengths.max()) - 1 if len(lengths) else 0
    if lag is None:
        if longest < 1:
            raise BadRecording(
                "no sequence has two time steps with a gradient, so there is no lag to measure over"
            )
        return longest
    lag = check_whole_number("lag", lag, at_least=1)
    if lag > longest:
        raise BadRecording(
            f"lag = {lag}: the longest sequence has {longest} step{'s' * (longest != 1)} before the last"
        )
    return lag


def _lost(norms: np.ndarray, lag: int) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(norms[..., 0] - norms[..., lag])


def _peak(norms: np.ndarray) -> dict[str, tuple[np.ndarray, str, str]]:
    """Columns for the peak of norms up to the lag, shape (..., lag)."""
    known = np.where(np.isnan(norms), -np.inf, norms)
    place = known.argmax(-1)
    height = known.max(-1)
    with np.errstate(invalid="ignore", over="ignore"):
        gained, lost = height - norms[..., 0], height - norms[..., -1]
    return {
        PEAK: (gained, "gradient gained up to its peak", _DECADES),
        PEAK_LAG: (np.where(np.isnan(gained), np.nan, place), "lag of the gradient's peak", "time steps"),
        AFTER_PEAK: (lost, "gradient lost after its peak", _DECADES),
    }
