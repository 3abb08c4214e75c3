"""How many steps back a gradient is still worth something."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_positive
from gradviz.measures.lag import lag_of
from gradviz.measures.quartiles import quartiles
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call, select_module
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, SAMPLE, TIME

HORIZON = "horizon"
QUARTILE_LOW = "horizon_quartile_low"
QUARTILE_HIGH = "horizon_quartile_high"
OF_SEQUENCE = "horizon_of_sequence"
REACHED = "horizon_reached_fraction"
LONGEST_LAG = "longest_lag"
DIRECT_FRACTION = "direct_fraction"

_UNITS = "time steps"


def horizon(
    data: xr.Dataset | xr.DataTree,
    *,
    decades: float = 3.0,
    variable: str = LOG10_GRAD_H,
    module: str | None = None,
) -> xr.Dataset:
    """The lag after which a gradient stays more than so many decades below its maximum.

    The lag counts from each sequence's own last step, in a reverse direction from its first. A norm of
    exactly zero is below everything; an infinite one is above everything but is not the maximum. Where a
    gradient never falls so far, its horizon is the longest lag that there is: a lower bound.

    A gradient that enters at a step itself hides what comes from later: with a loss on every step the total
    gradient falls nowhere, whatever the network remembers. ``direct_fraction`` tells such a recording. In an
    LSTM what enters the hidden state at the last step mostly goes on in the cell state, whose own gradient
    is ``log10_grad_c``.

    Parameters
    ----------
    data : Dataset or DataTree
        Has `variable`, dims (step, layer, direction, time, sample), in decades. Of a module called several
        times in a step, one call: ``data.sel(call=0)``.
    decades : float
        Above 0; 3 is a thousandth.
    variable : str
        ``log10_grad_h``, or ``log10_grad_c`` for the cell state of an LSTM.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims of `variable` without time and sample
        ``horizon`` and its quartiles ``horizon_quartile_low``, ``horizon_quartile_high`` over sequences, in
        time steps, NaN where no gradient arrived at all; ``horizon_of_sequence``, with the dim sample;
        ``horizon_reached_fraction`` (of these sequences, those whose gradient fell so far: at 0 every horizon
        is a lower bound); ``longest_lag`` (median over sequences). Where it was recorded,
        ``direct_fraction``: of all time steps, those at which a gradient enters from the loss or the layer
        above.

    Raises
    ------
    BadRecording
        If the gradient was not recorded, or there are several calls.
    ValueError
        If `decades` is not above 0.
    """
    check_positive("decades", decades, hint=" (3 is a thousandth of the maximum)")
    dataset = select_call(select_module(data, module=module))
    norms = check_variable(dataset, variable)
    lags = lag_of(norms)
    largest = norms.where(np.isfinite(norms)).max(TIME)
    farthest = lags.where((norms >= largest - decades) | (norms == np.inf)).max(TIME)
    columns = _over_sequences(
        farthest, lags.max(TIME), f"gradient stays {decades:g} decades below its maximum"
    )
    if LOG10_GRAD_H_DIRECT in dataset:
        direct = dataset[LOG10_GRAD_H_DIRECT]
        fraction = (direct > -np.inf).where(direct.notnull()).mean((TIME, SAMPLE))
        columns[DIRECT_FRACTION] = (
            fraction,
            "fraction of time steps at which a gradient enters directly",
            "1",
        )
    return with_units(columns)


def _over_sequences(
    farthest: xr.DataArray, longest: xr.DataArray, meaning: str
) -> dict[str, tuple[xr.DataArray, str, str]]:
    """Columns of `with_units`; both arrays have the dim sample."""
    template = farthest.isel({SAMPLE: 0}, drop=True)
    low, middle, high = (template.copy(data=values) for values in _quartiles(farthest))
    reached = (farthest < longest).where(farthest.notnull()).mean(SAMPLE)
    length = template.copy(data=_quartiles(longest)[1])
    return {
        HORIZON: (middle, f"lag after which the {meaning} (median over sequences)", _UNITS),
        QUARTILE_LOW: (low, f"lag after which the {meaning} (lower quartile)", _UNITS),
        QUARTILE_HIGH: (high, f"lag after which the {meaning} (upper quartile)", _UNITS),
        OF_SEQUENCE: (farthest, f"lag after which the {meaning}", _UNITS),
        REACHED: (reached, "fraction of sequences whose gradient falls so far", "1"),
        LONGEST_LAG: (length, "longest lag (median over sequences)", _UNITS),
    }


def _quartiles(values: xr.DataArray) -> np.ndarray:
    return quartiles(values.transpose(..., SAMPLE).values)
