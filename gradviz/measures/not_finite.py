"""Fractions of gradients, states, inputs and losses that are infinite or NaN."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.losses_of_finished_steps import losses_of_finished_steps, where_losses_are
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.known_gradient import known_gradient
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import (
    INPUT_NORM,
    ITERATION,
    LOSS,
    SAMPLE,
    STATE_H,
    STEP,
    TIME,
)

GRADIENTS, STATES = "gradients_not_finite", "states_not_finite"
INPUTS = "inputs_not_finite"
LOSSES, FIRST = "losses_not_finite", "first_not_finite"


@takes_any_selection(STEP)
def not_finite(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Fractions of total gradients, states and inputs that are infinite or NaN.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h`` and ``state_h``, dims (step, layer, direction, time, sample). Without the total
        gradient, the direct one counts.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims (step, layer, direction)
        ``gradients_not_finite`` and ``states_not_finite``: fractions of all time steps of the sequences, in
        [0, 1]. A gradient of exactly zero is finite. ``inputs_not_finite``, dims (step,), if the input was
        recorded. Of forward passes only there are no gradients.

    Raises
    ------
    BadRecording
        If the total gradient or the states were not recorded, or there is no such call.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm, x = nn.LSTM(2, 4), torch.randn(20, 3, 2)
    >>> x[10, 0] = torch.nan  # in one of 60 inputs; the states after it are NaN too
    >>> with gv.record(lstm) as tape:
    ...     lstm(x)[0].sum().backward()
    >>> found = gv.not_finite(tape.dataset)
    >>> round(60 * found["inputs_not_finite"].item()), round(60 * found["states_not_finite"].item())
    (1, 10)
    """
    dataset = select_call(data, module=module, call=call)
    states = check_variable(dataset, STATE_H).variable.transpose(..., TIME, SAMPLE)
    norms = None if is_forward_only(dataset) else known_gradient(dataset).variable.set_dims(states.dims)
    real = ~np.isnan(states.values) if norms is None else ~np.isnan(norms.values) | ~np.isnan(states.values)
    of_step = states.dims[:-2]
    columns = {}
    if norms is not None:
        columns[GRADIENTS] = (
            xr.Variable(of_step, _fraction(norms.values == np.inf, real)),
            "fraction of gradients that are not finite",
            "1",
        )
    columns[STATES] = (
        xr.Variable(of_step, _fraction(real & ~np.isfinite(states.values), real)),
        "fraction of states that are not finite",
        "1",
    )
    if INPUT_NORM in dataset:
        others = tuple(axis for axis, dim in enumerate(of_step) if dim != STEP)
        given = real.any(others)
        inputs = dataset.variables[INPUT_NORM].set_dims(
            tuple(d for d in states.dims if d in (STEP, TIME, SAMPLE))
        )
        columns[INPUTS] = (
            xr.Variable(inputs.dims[:-2], _fraction(given & ~np.isfinite(inputs.values), given)),
            "fraction of inputs that are not finite",
            "1",
        )
    return with_units(columns, of=dataset)


def _fraction(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Fraction over time steps and sequences, the last two axes; NaN if there are none."""
    with np.errstate(invalid="ignore"):
        return np.asarray(values.sum((-2, -1)) / of.sum((-2, -1)))


@takes_any_selection(STEP)
def finite_losses(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """Fraction of losses that are infinite or NaN, and the first training step with such a loss.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``loss``: in a tree at all iterations, dims (iteration,); in the Dataset of a module at its
        recorded steps, dims (step,).

    Returns
    -------
    Dataset, no dims
        ``losses_not_finite``: fraction in [0, 1]. ``first_not_finite``: a training step, NaN if all losses
        are finite. In a recording, a loss of NaN looks like a loss that was not given. A gap between two
        numbers counts as not given, as does a gap at the end no longer than the longest gap before it. A
        step with ``step_unfinished``, which ended before its loss was given, never counts.

    Raises
    ------
    BadRecording
        If no loss was given to ``tape.step``.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4)
    >>> with gv.record(lstm) as tape:
    ...     for loss in (1.0, 2.0, float("inf"), float("nan")):
    ...         lstm(torch.ones(5, 3, 2))[0].sum().backward()
    ...         tape.step(loss)
    >>> found = gv.finite_losses(tape.tree)
    >>> found["losses_not_finite"].item(), found["first_not_finite"].item()
    (0.5, 2.0)
    """
    if LOSS not in where_losses_are(data):
        raise BadRecording("recording has no loss: record it with tape.step(loss)")
    losses = losses_of_finished_steps(data)
    along = ITERATION if ITERATION in losses.dims else STEP
    lost = where_lost(losses.values)
    bad = losses.copy(data=lost)
    first = losses[along].where(bad).min()
    return with_units(
        {
            LOSSES: (bad.mean(), "fraction of losses that are not finite", "1"),
            FIRST: (first, "first training step with a loss that is not finite", "1"),
        }
    )


def where_lost(losses: np.ndarray) -> np.ndarray:
    """Where a loss is infinite, or missing from there to the end.

    Parameters
    ----------
    losses : array, (step,)
        NaN where none was given.

    Returns
    -------
    bool array, (step,)
    """
    numbers = np.flatnonzero(~np.isnan(losses))
    last = numbers[-1] if len(numbers) else -1
    longest = np.diff(numbers, prepend=-1).max(initial=0)
    is_for_good = len(losses) - 1 - last >= longest
    return np.isinf(losses) | (is_for_good & (np.arange(len(losses)) > last))
