"""How much of the gradient is below the float range of the training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.lag import lags_of_rows, reverse_along
from gradviz.measures.passing_gradient import passing_gradient
from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import LOG10_GRAD_H, SAMPLE, TIME, UNDERFLOW

FRACTION = "underflow_fraction"
AT_TIME = "underflow_fraction_at_time"
UNDERFLOW_LAG = "underflow_lag"


@takes_any_selection(TIME)
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
    flags = check_variable(dataset, UNDERFLOW).variable.transpose(..., SAMPLE, TIME)
    underflow, is_zero = flags.values, np.zeros(flags.shape, dtype=bool)
    if LOG10_GRAD_H in dataset:
        is_zero = dataset.variables[LOG10_GRAD_H].set_dims(flags.dims).values == -np.inf
        passing = passing_gradient(dataset).variable.set_dims(flags.dims).values
        underflow = np.where(np.isnan(passing), np.nan, underflow)  # not of padding
    time = dataset[TIME].values
    lags = lags_of_rows(~np.isnan(underflow), time, reverse_along(dataset, flags.dims))
    of_step, of_time = flags.dims[:-2], (*flags.dims[:-2], TIME)
    columns = {
        FRACTION: (of_step, _mean(underflow, (-2, -1)), "fraction of gradients below the float range", "1"),
        AT_TIME: (
            of_time,
            _mean(underflow, -2),
            "fraction of sequences whose gradient is below the float range",
            "1",
        ),
        UNDERFLOW_LAG: (
            of_step,
            _for_most(_lags_of_sequences(lags, underflow, is_zero)),
            "smallest lag from which most gradients are below the float range",
            "time steps",
        ),
    }
    labelled = {
        name: (xr.Variable(dims, data), text, unit) for name, (dims, data, text, unit) in columns.items()
    }
    return with_units(labelled, of=dataset)


def _mean(underflow: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """Mean of the known values; NaN where there is none."""
    known = ~np.isnan(underflow)
    count = known.sum(axis)
    mean = without_overflow(
        np.where(known, underflow, 0).astype(np.float64), lambda part: part.sum(axis) / count
    )
    return mean.astype(underflow.dtype if underflow.dtype.kind == "f" else np.float64)


def _lags_of_sequences(lags: np.ndarray, underflow: np.ndarray, is_zero: np.ndarray) -> np.ndarray:
    """The lag from which a sequence stays below the range; inf if there is none, NaN without a gradient."""
    below = underflow > 0
    within = (underflow == 0) & ~is_zero
    last_within = np.fmax.reduce(np.where(within, lags, -1.0), axis=-1, keepdims=True)
    first = np.fmin.reduce(np.where(below & (lags > last_within), lags, np.inf), axis=-1)
    return np.where((below | within).any(-1), first, np.nan)


def _for_most(lags: np.ndarray) -> np.ndarray:
    """The smallest lag that more than half of the sequences, along the last axis, have reached."""
    ascending = np.sort(lags, axis=-1)  # NaN last
    count = np.isfinite(ascending).sum(axis=-1) + np.isposinf(ascending).sum(axis=-1)
    middle = np.minimum(count // 2, ascending.shape[-1] - 1)
    found = np.take_along_axis(ascending, middle[..., None], axis=-1)[..., 0]
    return np.where(np.isfinite(found), found, np.nan)
