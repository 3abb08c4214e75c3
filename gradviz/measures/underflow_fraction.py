"""How much of the gradient is below the float range of the training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.lag import lag_of
from gradviz.measures.passing_gradient import passing_gradient
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import LOG10_GRAD_H, SAMPLE, TIME, UNDERFLOW

FRACTION = "underflow_fraction"
AT_TIME = "underflow_fraction_at_time"
UNDERFLOW_LAG = "underflow_lag"


def underflow_fraction(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Fraction of nonzero gradients below the float range of the dtype used in training.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``underflow``, dims (step, layer, direction, time, sample), 1 where a gradient is below the range;
        ``log10_grad_h`` is optional.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        ``underflow_fraction``, dims (step, layer, direction): over time and sequences, in [0, 1].
        ``underflow_fraction_at_time``, with the dim time: over sequences. ``underflow_lag``, dims (step,
        layer, direction): the smallest lag from which on more than half of the sequences stay below the range
        to their end, in time steps from the last step of each sequence (in a reverse direction, the first);
        NaN if there is none. Sequences without gradient and steps where it is exactly zero are left out of
        ``underflow_lag``.

    Raises
    ------
    BadRecording
        If ``underflow`` was not recorded, or there is no such call.

    Examples
    --------
    A linear recurrence that multiplies its state by 2**-4 falls below the range of float32, 2**-126.

    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> rnn = nn.RNN(1, 2, nonlinearity="relu", bias=False)
    >>> rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = torch.ones(2, 1), torch.eye(2) / 16
    >>> with gv.record(rnn) as tape:
    ...     rnn(torch.ones(60, 3, 1))[0][-1].sum().backward()
    >>> gv.underflow_fraction(tape.dataset)["underflow_lag"].item()
    32.0
    """
    dataset = select_call(data, module=module, call=call)
    underflow = check_variable(dataset, UNDERFLOW)
    is_zero = xr.zeros_like(underflow, bool)
    if LOG10_GRAD_H in dataset:
        is_zero = dataset[LOG10_GRAD_H] == -np.inf
        underflow = underflow.where(passing_gradient(dataset).notnull())  # not of padding
    fractions = {
        FRACTION: (underflow.mean((TIME, SAMPLE)), "fraction of gradients below the float range", "1"),
        AT_TIME: (
            underflow.mean(SAMPLE),
            "fraction of sequences whose gradient is below the float range",
            "1",
        ),
    }
    lag = _for_most(_lags_of_sequences(underflow, is_zero))
    return with_units(
        {
            **fractions,
            UNDERFLOW_LAG: (
                lag,
                "smallest lag from which most gradients are below the float range",
                "time steps",
            ),
        }
    )


def _lags_of_sequences(underflow: xr.DataArray, is_zero: xr.DataArray) -> xr.DataArray:
    """The lag from which a sequence stays below the range; inf if there is none, NaN without a gradient."""
    lags = lag_of(underflow)
    below = underflow > 0
    within = (underflow == 0) & ~is_zero
    last_within = lags.where(within).max(TIME).fillna(-1)
    first = lags.where(below & (lags > last_within)).min(TIME)
    return first.fillna(np.inf).where((below | within).any(TIME))


def _for_most(lags: xr.DataArray) -> xr.DataArray:
    """The smallest lag that more than half of the sequences have reached; without the dim sample."""
    ascending = np.sort(lags.transpose(..., SAMPLE).values, axis=-1)  # NaN last
    count = np.isfinite(ascending).sum(axis=-1) + np.isposinf(ascending).sum(axis=-1)
    middle = np.minimum(count // 2, ascending.shape[-1] - 1)
    found = np.take_along_axis(ascending, middle[..., None], axis=-1)[..., 0]
    return lags.isel({SAMPLE: 0}, drop=True).copy(data=np.where(np.isfinite(found), found, np.nan))
