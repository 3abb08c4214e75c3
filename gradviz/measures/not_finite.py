"""Whether losses and gradients are numbers at all."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import INPUT_NORM, ITERATION, LOG10_GRAD_H, LOSS, SAMPLE, STATE_H, STEP, TIME

GRADIENTS, STATES = "gradients_not_finite", "states_not_finite"
INPUTS = "inputs_not_finite"
LOSSES, FIRST = "losses_not_finite", "first_not_finite"


def not_finite(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Fractions of total gradients and of states that are infinite or no number.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h`` and ``state_h``, dims (step, layer, direction, time, sample). Of a module called
        several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims (step, layer, direction)
        ``gradients_not_finite`` and ``states_not_finite``, fractions of the time steps that the sequences
        have, in [0, 1]; an exact zero is finite. Where the input was recorded, ``inputs_not_finite``, dims
        (step,).

    Raises
    ------
    BadRecording
        If there is no total gradient, or there are several calls.
    """
    dataset = select_call(data, module=module)
    norms = check_variable(dataset, LOG10_GRAD_H)
    states = check_variable(dataset, STATE_H)
    real = norms.notnull() | states.notnull()
    over = (TIME, SAMPLE)
    columns = {
        GRADIENTS: ((norms == np.inf).sum(over) / real.sum(over), "gradients that are not finite", "1"),
        STATES: ((real & ~np.isfinite(states)).sum(over) / real.sum(over), "states not finite", "1"),
    }
    if INPUT_NORM in dataset:
        given = real.any([dim for dim in real.dims if dim not in (STEP, *over)])
        inputs = dataset[INPUT_NORM]
        columns[INPUTS] = (
            (given & ~np.isfinite(inputs)).sum(over) / given.sum(over),
            "inputs that are not finite",
            "1",
        )
    return with_units(columns)


def finite_losses(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """How many losses are infinite or no number, and which is the first.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``loss``: of a tree all that were given, dims (iteration,); of a module's Dataset those of its
        recorded steps, dims (step,).

    Returns
    -------
    Dataset, no dims
        ``losses_not_finite``, their fraction in [0, 1]; ``first_not_finite``, a training step, NaN if all are
        finite. A recording does not tell a loss that is no number from one that was not given: what lies
        between two numbers, or after the last for no longer than between any two, was not given.

    Raises
    ------
    BadRecording
        If no loss was given to ``tape.step``.
    """
    if LOSS not in data:
        raise BadRecording("recording has no loss: give it to tape.step(loss)")
    losses = xr.DataArray(data[LOSS])
    along = ITERATION if ITERATION in losses.dims else STEP
    bad = losses.copy(data=_lost(losses.values))
    first = losses[along].where(bad).min()
    return with_units(
        {
            LOSSES: (bad.mean(), "losses that are not finite", "1"),
            FIRST: (first, "first training step whose loss is not finite", "1"),
        }
    )


def _lost(losses: np.ndarray) -> np.ndarray:
    """Where a loss is infinite, or missing for good."""
    numbers = np.flatnonzero(~np.isnan(losses))
    last = numbers[-1] if len(numbers) else -1
    longest = np.diff(numbers, prepend=-1).max(initial=0)
    is_for_good = len(losses) - 1 - last >= longest
    return np.isinf(losses) | (is_for_good & (np.arange(len(losses)) > last))
