"""How many time steps back the gradient stays near its maximum."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from gradviz.arguments import check_positive
from gradviz.measures.lag import lags_of_rows, reverse_along
from gradviz.measures.passing_gradient import passing_gradient
from gradviz.measures.quartiles import quartiles
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_call
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, SAMPLE, TIME

HORIZON = "horizon"
QUARTILE_LOW = "horizon_quartile_low"
QUARTILE_HIGH = "horizon_quartile_high"
OF_SEQUENCE = "horizon_of_sequence"
REACHED = "horizon_reached_fraction"
LONGEST_LAG = "longest_lag"
DIRECT_FRACTION = "direct_fraction"

_UNITS = "time steps"


@takes_any_selection(TIME)
def horizon(
    data: xr.Dataset | xr.DataTree,
    *,
    decades: float = 3.0,
    variable: str = LOG10_GRAD_H,
    module: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """The lag after which the gradient stays more than some decades below its maximum.

    The lag counts from the last time step of each sequence, or from the first in a reverse direction. A norm
    of exactly zero is below any limit; where the output of a step was thrown away and the state before it
    handed on, the norm is that at the state handed on. An infinite norm is above any limit, but does not
    count as the maximum. If the gradient never falls that far, its horizon is the longest lag, which is a
    lower bound.

    A gradient that enters directly at a step hides the gradient that arrives from later steps. With a loss on
    every step, the total gradient does not fall, whatever the network remembers; ``direct_fraction`` shows
    that. In an LSTM, the gradient that enters the hidden state at the last step travels mostly through
    the cell state, whose gradient is ``log10_grad_c``.

    Parameters
    ----------
    data : Dataset or DataTree
        Has `variable`, dims (step, layer, direction, time, sample), in decades.
    decades : float
        Above 0; 3 decades are a factor of 1000.
    variable : str
        ``log10_grad_h``, or ``log10_grad_c`` for the cell state of an LSTM.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims of `variable` without time and sample
        ``horizon``, the median over sequences, with the quartiles ``horizon_quartile_low`` and
        ``horizon_quartile_high``, in time steps; NaN where no sequence has a gradient.
        ``horizon_of_sequence``, with the dim sample: the horizon of each sequence.
        ``horizon_reached_fraction``: fraction of sequences whose gradient falls that far; at 0, every horizon
        is a lower bound. ``longest_lag``: median over sequences. ``direct_fraction``, if the direct gradient
        was recorded: fraction of time steps at which a gradient enters from the loss or the layer above.

    Raises
    ------
    BadRecording
        If the gradient was not recorded, or there is no such call.
    ValueError
        If `decades` is not above 0.

    Examples
    --------
    A linear recurrence that multiplies its state by 0.5 loses 0.3 decades per time step.

    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> rnn = nn.RNN(1, 2, nonlinearity="relu", bias=False)
    >>> rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = torch.ones(2, 1), 0.5 * torch.eye(2)
    >>> with gv.record(rnn) as tape:
    ...     rnn(torch.ones(20, 3, 1))[0][-1].sum().backward()
    >>> gv.horizon(tape.dataset, decades=3)["horizon"].item()
    9.0
    """
    check_positive("decades", decades, hint=" (3 decades are a factor of 1000)")
    dataset = select_call(data, module=module, call=call)
    norms = passing_gradient(dataset, variable)
    rows = norms.variable.transpose(..., SAMPLE, TIME)
    values = rows.values
    known, finite = ~np.isnan(values), np.isfinite(values)
    lags = lags_of_rows(known, norms[TIME].values, reverse_along(norms, rows.dims))
    largest = np.where(finite, values, -np.inf).max(-1, keepdims=True)
    near = (finite & (values >= largest - decades)) | (values == np.inf)
    farthest = np.fmax.reduce(np.where(near, lags, np.nan), axis=-1)
    columns = _over_sequences(
        farthest,
        np.fmax.reduce(lags, axis=-1),
        rows.dims[:-1],
        meaning=f"gradient stays {decades:g} decades below its maximum",
    )
    if LOG10_GRAD_H_DIRECT in dataset:
        direct = dataset[LOG10_GRAD_H_DIRECT].where(norms.notnull())
        fraction = (direct > -np.inf).where(direct.notnull()).mean((TIME, SAMPLE))
        columns[DIRECT_FRACTION] = (
            fraction.variable,
            "fraction of time steps with a direct gradient",
            "1",
        )
    return with_units(columns, of=dataset)


def _over_sequences(
    farthest: np.ndarray, longest: np.ndarray, dims: tuple[Hashable, ...], *, meaning: str
) -> dict[str, tuple[xr.Variable, str, str]]:
    """Columns for `with_units`; both arrays have the dim sample last."""
    low, middle, high = quartiles(farthest)
    with np.errstate(invalid="ignore"):
        known = ~np.isnan(farthest)
        reached = (known & (farthest < longest)).sum(-1) / known.sum(-1)
    columns = {
        HORIZON: (middle, f"lag after which the {meaning} (median over sequences)", _UNITS),
        QUARTILE_LOW: (low, f"lag after which the {meaning} (lower quartile)", _UNITS),
        QUARTILE_HIGH: (high, f"lag after which the {meaning} (upper quartile)", _UNITS),
        OF_SEQUENCE: (farthest, f"lag after which the {meaning}", _UNITS),
        REACHED: (reached, "fraction of sequences whose gradient falls that far", "1"),
        LONGEST_LAG: (quartiles(longest)[1], "longest lag (median over sequences)", _UNITS),
    }
    return {
        name: (xr.Variable(dims if name == OF_SEQUENCE else dims[:-1], values), text, unit)
        for name, (values, text, unit) in columns.items()
    }
