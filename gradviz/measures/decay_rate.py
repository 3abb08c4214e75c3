"""How fast the gradient decays back through time."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from gradviz.measures.fits.in_threads import in_threads
from gradviz.measures.fits.lag_points import LagPoints, lag_points
from gradviz.measures.fits.theil_sen import Lines, theil_sen
from gradviz.measures.fits.two_lines import NO_SPLIT, has_two_regimes, splits_worth_fitting, two_lines
from gradviz.measures.lag import lags_of_rows, reverse_along, time_steps
from gradviz.measures.passing_gradient import passing_gradient
from gradviz.measures.quartiles import quartiles
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_call
from gradviz.vocabulary import LOG10_GRAD_H, SAMPLE, TIME

DECAY_RATE = "decay_rate"
QUARTILE_LOW = "decay_rate_quartile_low"
QUARTILE_HIGH = "decay_rate_quartile_high"
GOODNESS = "goodness_of_fit"
IGNORED = "values_ignored"
FITTED = "sequences_fitted"
REGIMES = "regimes"
NEAR_RATE = "near_rate"
FAR_RATE = "far_rate"
CHANGE_LAG = "change_lag"
REGIMES_GOODNESS = "goodness_of_regimes"

_RATE_UNITS = "decades per time step"
_FARTHEST = np.float64(1e100)  # decades; no gradient is so large or small, and differences stay in range
_MOST_LAGS = 100  # the number of slopes of all pairs grows with the square of the number of lags
_SEQUENCES_PER_BLOCK = 4096
_ROWS = ("rate", "goodness", "near", "far", "change", "goodness_of_regimes", "regimes")


@takes_any_selection(TIME)
def decay_rate(
    data: xr.Dataset | xr.DataTree,
    *,
    variable: str = LOG10_GRAD_H,
    module: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """Decades of gradient norm lost per time step of lag; positive is vanishing, negative exploding.

    A Theil-Sen line (whose slope is the median of the slopes of all pairs of time steps) is fitted to the
    log10 gradient norm against lag, for every step, layer, direction and sequence. The result is the median
    over sequences, with quartiles. In a reverse direction, lag counts towards later time steps.

    A gradient that does not decay exponentially has no single rate. Two lines are therefore fitted as well:
    one up to some lag, and one from there on. A sequence has two regimes if three conditions hold: two lines
    leave at most half of the absolute residual of one line; one line leaves more than 0.05 decades per time
    step; and the two rates differ by more than a fifth of the larger one. Sequences with fewer than 8 finite
    norms have one regime. For longer sequences, 100 evenly spaced lags are used.

    Parameters
    ----------
    data : Dataset or DataTree
        Has `variable`, dims (step, layer, direction, time, sample), in decades.
    variable : str
        ``log10_grad_h``, or ``log10_grad_c`` for the cell state of an LSTM.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims of `variable` without time and sample
        ``decay_rate``, the median over sequences, with the quartiles ``decay_rate_quartile_low`` and
        ``decay_rate_quartile_high``, in decades per time step. ``goodness_of_fit``: median over sequences of
        1 - sum|residual| / sum|deviation from the median|; 1 for a perfect line and for a constant norm.
        ``values_ignored``: number of norms that are zero, infinite or missing. ``sequences_fitted``: number
        of sequences with at least two finite norms; if there are none, the rate is NaN.

        ``regimes``: 2 if more than half of the fitted sequences have two regimes, else 1. ``near_rate`` and
        ``far_rate``: medians over sequences; a sequence with one regime counts with its rate in both.
        ``change_lag``: median over the sequences with two regimes, in time steps; NaN if there are none.
        ``goodness_of_regimes``: as ``goodness_of_fit``, with two lines in sequences with two regimes.

    Raises
    ------
    BadRecording
        If the gradient was not recorded, or there is no such call.

    References
    ----------
    Sen (1968), "Estimates of the regression coefficient based on Kendall's tau", JASA 63.

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
    >>> round(gv.decay_rate(tape.dataset)["decay_rate"].item(), 3)
    1.0
    """
    dataset = select_call(data, module=module, call=call)
    norms = passing_gradient(dataset, variable)
    rows = norms.transpose(..., SAMPLE, TIME)
    length = rows.sizes[TIME]
    values, time = rows.values.reshape(-1, length), time_steps(rows)
    reverse = np.broadcast_to(reverse_along(rows, rows.dims), (*rows.shape[:-1], 1)).reshape(-1, 1)
    fits = np.full((len(_ROWS), len(values)), np.nan)

    def fit_from(begin: int) -> None:
        block = slice(begin, begin + _SEQUENCES_PER_BLOCK)
        norms = values[block].astype(np.float64)
        norms[np.abs(norms) > _FARTHEST] = np.inf
        lags = lags_of_rows(~np.isnan(norms), time, reverse[block])
        for points in lag_points(lags, norms, most=_MOST_LAGS):
            fits[:, begin + points.rows] = _fit(points)

    in_threads(fit_from, range(0, len(values), _SEQUENCES_PER_BLOCK))
    shape = rows.shape[:-1]
    ignored = (~((values >= -_FARTHEST) & (values <= _FARTHEST))).sum(axis=-1).reshape(shape).sum(axis=-1)
    columns = dict(zip(_ROWS, fits.reshape(-1, *shape), strict=True))
    labelled = _labelled(rows.dims[:-2], columns, ignored=ignored)
    return with_units(labelled, of=dataset)


def _fit(points: LagPoints) -> np.ndarray:
    """The values of `_ROWS` for a group of sequences, shape (row, sequence)."""
    x, y = points.lag, points.log10_norm
    single = theil_sen(x, y)
    deviation = np.abs(y - np.median(y, axis=1, keepdims=True)).sum(axis=1)
    goodness = _goodness(single.residual, deviation)
    rate, no_change, one = -single.slope, np.full(len(x), np.nan), np.ones(len(x))
    fits = np.stack([rate, goodness, rate, rate, no_change, goodness, one])
    splits = splits_worth_fitting(x, y, single)
    rows = np.flatnonzero(splits != NO_SPLIT)
    if len(rows):
        pair = two_lines(x[rows], y[rows], splits[rows])
        two = has_two_regimes(Lines(*(part[rows] for part in single)), pair, x.shape[1])
        better = _goodness(pair.residual, deviation[rows])
        regimes = np.stack([-pair.near.slope, -pair.far.slope, pair.change, better, np.full(len(rows), 2.0)])
        fits[2:, rows[two]] = regimes[:, two]
    return fits


def _goodness(residual: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    return 1 - np.divide(residual, deviation, out=np.zeros_like(residual), where=deviation > 0)


def _labelled(
    dims: tuple[Hashable, ...], fits: dict[str, np.ndarray], *, ignored: np.ndarray
) -> dict[str, tuple[xr.Variable, str, str]]:
    low, middle, high = quartiles(fits["rate"])
    fitted = np.isfinite(fits["rate"]).sum(axis=-1)
    regimes = np.where(fitted > 0, 1.0 + (2 * (fits["regimes"] == 2).sum(axis=-1) > fitted), np.nan)
    near, far, change = (quartiles(fits[name])[1] for name in ("near", "far", "change"))
    columns = {
        DECAY_RATE: (middle, "decay rate, positive is vanishing (median over sequences)", _RATE_UNITS),
        QUARTILE_LOW: (low, "decay rate, lower quartile over sequences", _RATE_UNITS),
        QUARTILE_HIGH: (high, "decay rate, upper quartile over sequences", _RATE_UNITS),
        GOODNESS: (quartiles(fits["goodness"])[1], "goodness of fit (1 is a perfect exponential)", "1"),
        IGNORED: (ignored, "number of norms that are zero, infinite or missing", "1"),
        FITTED: (fitted, "number of sequences with at least two finite norms", "1"),
        REGIMES: (regimes, "number of decay regimes (1 or 2 exponentials)", "1"),
        NEAR_RATE: (near, "decay rate at short lags", _RATE_UNITS),
        FAR_RATE: (far, "decay rate at long lags", _RATE_UNITS),
        CHANGE_LAG: (change, "lag at which the decay rate changes", "time steps"),
        REGIMES_GOODNESS: (
            quartiles(fits["goodness_of_regimes"])[1],
            "goodness of fit with one exponential per regime",
            "1",
        ),
    }
    return {name: (xr.Variable(dims, values), text, unit) for name, (values, text, unit) in columns.items()}
