"""Which sequences and time steps the loss reads, and how far its gradient travels without a cut."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import xarray as xr

from gradviz.measures.passing_gradient import cut_after, passing_gradient
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import (
    CUT,
    LOG10_GRAD_H_DIRECT,
    SAMPLE,
    TIME,
    UNDERFLOW,
)

SEQUENCES_REACHED = "sequences_reached"
SEQUENCES_SEEN = "sequences_seen_by_loss"
STEPS_SEEN = "steps_seen_by_loss"
UNBROKEN_RUN = "longest_unbroken_run"
LENGTH = "steps"
STEPS_CUT = "steps_cut"
SEQUENCES_CUT = "sequences_cut"
CUT_AT_TIME = "fraction_cut_at_time"

_ROUNDING = 1e-5  # in decades: the two norms are computed in different ways


@takes_any_selection(TIME)
def gradient_reach(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """How much of a layer the loss reads, and the longest run of steps that its gradient passes through.

    An unbroken run is a run of time steps each of which receives gradient from the step after it, in at least
    one sequence. It ends where the state handed on is cut off (``cut``), and where the total gradient equals
    the direct gradient: at a detach, at the end of a segment of truncated backpropagation, or where the units
    pass on exactly nothing. A step whose output is thrown away while the state before it is handed on does
    not end it.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h`` and ``log10_grad_h_direct``, dims (step, layer, direction, time, sample);
        ``cut``, ``log10_grad_state`` and ``underflow`` are optional.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims (step, layer, direction)
        ``sequences_reached``: fraction of the recorded sequences with any gradient, in [0, 1].
        ``sequences_seen_by_loss``: fraction of them with a direct gradient, in [0, 1].
        ``steps_seen_by_loss``: fraction of time steps with a direct gradient, in the sequence where it is
        largest; 0 if there is none. ``longest_unbroken_run``: in time steps, at most ``steps`` - 1; NaN if
        there is no gradient at all. ``steps``: time steps of the longest recorded sequence.
        If ``cut`` was recorded: ``steps_cut``, the number of time steps before which the state of any
        sequence is cut off from the step before; ``sequences_cut``, the fraction of sequences with such a
        step; and ``fraction_cut_at_time``, with the dim time, the fraction of sequences cut at a time step.

    Raises
    ------
    BadRecording
        If the direct gradient was not recorded, as in a recurrence written by hand, or there is no such call.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories" (truncated backpropagation).

    Examples
    --------
    A loss on the last of 20 time steps, whose gradient passes back through the 19 steps before it.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> found = gv.gradient_reach(tree)
    >>> found["longest_unbroken_run"].item()
    19.0
    >>> round(found["steps_seen_by_loss"].item(), 2)
    0.05
    """
    dataset = select_call(data, module=module, call=call)
    norms = passing_gradient(dataset).variable.transpose(..., TIME, SAMPLE)
    dims, total = norms.dims, norms.values
    direct = check_variable(dataset, LOG10_GRAD_H_DIRECT).variable.set_dims(dims).values
    arrives, enters = total > -np.inf, direct > -np.inf  # neither for NaN
    real = ~np.isnan(total)
    length = real.sum(-2)
    recorded = np.asarray(length > 0)
    with np.errstate(invalid="ignore", over="ignore"):  # a difference beyond the range is not small
        handed_on = arrives & ~(abs(total - direct) < _ROUNDING)
    seen = np.where(recorded, enters.sum(-2) / np.maximum(length, 1), np.nan)
    fraction_seen = np.fmax.reduce(seen, axis=-1)
    handed_on |= _lost_below(dataset, dims)
    handed_on &= ~cut_after(dataset).variable.set_dims(dims).values
    unbroken_run = _longest_run(handed_on.any(-1))
    columns = {
        SEQUENCES_REACHED: (
            _fraction(np.asarray(arrives.any(-2)), recorded),
            "fraction of sequences that any gradient reaches",
            "1",
        ),
        SEQUENCES_SEEN: (
            _fraction(np.asarray(enters.any(-2)), recorded),
            "fraction of sequences that the loss reads",
            "1",
        ),
        STEPS_SEEN: (
            np.where(np.isnan(fraction_seen), 0.0, fraction_seen),
            "largest fraction of a sequence's time steps that the loss reads",
            "1",
        ),
        UNBROKEN_RUN: (
            np.where(arrives.any((-2, -1)), unbroken_run, np.nan),
            "longest run of time steps that receive gradient from the next step",
            "time steps",
        ),
        LENGTH: (
            length.max(-1).astype(np.float64),
            "length of the longest recorded sequence",
            "time steps",
        ),
    }
    if CUT in dataset:
        columns |= _cuts(dataset.variables[CUT].set_dims(dims).values == 1, real)
    labelled = {
        name: (xr.Variable(dims[:-1] if name == CUT_AT_TIME else dims[:-2], values), text, unit)
        for name, (values, text, unit) in columns.items()
    }
    return with_units(labelled, of=dataset)


def _lost_below(dataset: xr.Dataset, dims: tuple[Hashable, ...]) -> np.ndarray:
    """Where a zero is underflow: the true gradient is not zero there."""
    if UNDERFLOW not in dataset:
        return np.zeros((1,) * len(dims), dtype=bool)
    return np.asarray(dataset.variables[UNDERFLOW].set_dims(dims).values > 0)


def _cuts(cut: np.ndarray, real: np.ndarray) -> dict[str, tuple[np.ndarray, str, str]]:
    """Columns for the steps at which the incoming state is cut off from a step before that is not padding.

    Both arrays have the shape (..., time, sample).
    """
    had_before = np.zeros_like(real)
    had_before[..., 1:, :] = real[..., :-1, :]
    is_cut = cut & real & had_before
    with np.errstate(invalid="ignore"):
        at_time = is_cut.sum(-1) / real.sum(-1)
    return {
        STEPS_CUT: (
            is_cut.any(-1).sum(-1).astype(np.float64),
            "number of time steps at which the incoming state is cut off",
            "time steps",
        ),
        SEQUENCES_CUT: (
            _fraction(is_cut.any(-2), np.asarray(real.any(-2))),
            "fraction of sequences whose state is cut off",
            "1",
        ),
        CUT_AT_TIME: (at_time, "fraction of sequences whose incoming state is cut off", "1"),
    }


def _fraction(sequences: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """Fraction of the recorded sequences, along the last axis; NaN if there are none."""
    with np.errstate(invalid="ignore"):
        return np.asarray((sequences & recorded).sum(-1) / recorded.sum(-1))


def _longest_run(flags: np.ndarray) -> np.ndarray:
    """Longest run of True along the last axis."""
    run = longest = np.zeros(flags.shape[:-1], dtype=np.int64)
    for now in np.moveaxis(flags, -1, 0):
        run = np.where(now, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest
