"""Which sequences and time steps the loss reads, and how far its gradient travels without a cut."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.passing_gradient import cut_after, passing_gradient
from gradviz.measures.with_units import with_units
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
    total = passing_gradient(dataset).transpose(..., TIME, SAMPLE)
    direct = check_variable(dataset, LOG10_GRAD_H_DIRECT).transpose(..., TIME, SAMPLE)
    arrives, enters = total > -np.inf, direct > -np.inf  # neither for NaN
    real = total.notnull()
    length = real.sum(TIME)
    seen = enters.any(TIME)
    recorded = length > 0
    handed_on = (arrives & ~(abs(total - direct) < _ROUNDING)) | _lost_below(dataset, total)
    handed_on &= ~cut_after(dataset).transpose(*total.dims)
    unbroken_run = _longest_run(handed_on.any(SAMPLE).values)
    template = total.isel({TIME: 0, SAMPLE: 0}, drop=True)
    columns = {
        SEQUENCES_REACHED: (
            _fraction(arrives.any(TIME), recorded),
            "fraction of sequences that any gradient reaches",
            "1",
        ),
        SEQUENCES_SEEN: (_fraction(seen, recorded), "fraction of sequences that the loss reads", "1"),
        STEPS_SEEN: (
            (enters.sum(TIME) / length).max(SAMPLE).fillna(0.0),
            "largest fraction of a sequence's time steps that the loss reads",
            "1",
        ),
        UNBROKEN_RUN: (
            template.copy(data=unbroken_run.astype(np.float64)).where(arrives.any((TIME, SAMPLE))),
            "longest run of time steps that receive gradient from the next step",
            "time steps",
        ),
        LENGTH: (
            length.max(SAMPLE).astype(np.float64),
            "length of the longest recorded sequence",
            "time steps",
        ),
    }
    return with_units(columns | _cuts(dataset, real))


def _lost_below(dataset: xr.Dataset, like: xr.DataArray) -> xr.DataArray:
    """Where a zero is underflow: the true gradient is not zero there."""
    if UNDERFLOW not in dataset:
        return xr.zeros_like(like, dtype=bool)
    return dataset[UNDERFLOW].transpose(*like.dims) > 0


def _cuts(dataset: xr.Dataset, real: xr.DataArray) -> dict[str, tuple[xr.DataArray, str, str]]:
    """Columns for the steps at which the incoming state is cut off from a step before that is not padding."""
    if CUT not in dataset:
        return {}
    had_before = real.shift({TIME: 1}, fill_value=False)
    is_cut = (dataset[CUT].transpose(*real.dims) == 1) & real & had_before
    return {
        STEPS_CUT: (
            is_cut.any(SAMPLE).sum(TIME).astype(np.float64),
            "number of time steps at which the incoming state is cut off",
            "time steps",
        ),
        SEQUENCES_CUT: (
            _fraction(is_cut.any(TIME), real.any(TIME)),
            "fraction of sequences whose state is cut off",
            "1",
        ),
        CUT_AT_TIME: (
            is_cut.sum(SAMPLE) / real.sum(SAMPLE),
            "fraction of sequences whose incoming state is cut off",
            "1",
        ),
    }


def _fraction(sequences: xr.DataArray, recorded: xr.DataArray) -> xr.DataArray:
    return (sequences & recorded).sum(SAMPLE) / recorded.sum(SAMPLE)


def _longest_run(flags: np.ndarray) -> np.ndarray:
    """Longest run of True along the last axis."""
    run = longest = np.zeros(flags.shape[:-1], dtype=np.int64)
    for now in np.moveaxis(flags, -1, 0):
        run = np.where(now, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest
