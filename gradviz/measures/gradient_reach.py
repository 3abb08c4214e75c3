"""Where the loss puts gradient in, and how far it travels without a cut."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import (
    LOG10_GRAD_H,
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

_ROUNDING = 1e-5  # decades; the two norms are not calculated in the same way


def gradient_reach(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """What the loss sees of a layer, and the longest way its gradient goes from state to state.

    A unbroken_run is a run of time steps to each of which the step after it hands some gradient in at least
    one sequence. It ends where the total gradient is the direct one, nothing else: at a detach, at the end
    of a stretch of truncated backpropagation, or where units pass exactly nothing on.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``log10_grad_h`` and ``log10_grad_h_direct``, dims (step, layer, direction, time, sample). Of a
        module called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims (step, layer, direction)
        ``sequences_reached``: fraction of the recorded sequences to which any gradient comes, and
        ``sequences_seen_by_loss``: fraction with a direct gradient, in [0, 1]; ``steps_seen_by_loss``: of
        these, the largest fraction of a sequence's time steps with a direct gradient, 0 if there is none;
        ``longest_unbroken_run``: time steps, at most ``steps`` - 1, NaN if no gradient comes at all;
        ``steps``: of the longest recorded sequence.

    Raises
    ------
    BadRecording
        If there is no direct gradient, as of a recurrence written by hand, or there are several calls.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", for truncation.
    """
    dataset = select_call(data, module=module)
    total = check_variable(dataset, LOG10_GRAD_H).transpose(..., TIME, SAMPLE)
    direct = check_variable(dataset, LOG10_GRAD_H_DIRECT).transpose(..., TIME, SAMPLE)
    arrives, enters = total > -np.inf, direct > -np.inf  # neither for NaN
    real = total.notnull()
    length = real.sum(TIME)
    seen = enters.any(TIME)
    recorded = length > 0
    handed_on = (arrives & ~(abs(total - direct) < _ROUNDING)) | _lost_below(dataset, total)
    unbroken_run = _longest_run(handed_on.any(SAMPLE).values)
    template = total.isel({TIME: 0, SAMPLE: 0}, drop=True)
    columns = {
        SEQUENCES_REACHED: (
            _fraction(arrives.any(TIME), recorded),
            "fraction of the sequences that any gradient reaches",
            "1",
        ),
        SEQUENCES_SEEN: (_fraction(seen, recorded), "fraction of the sequences that the loss sees", "1"),
        STEPS_SEEN: (
            (enters.sum(TIME) / length).max(SAMPLE).fillna(0.0),
            "fraction of a sequence's time steps that the loss sees, at most",
            "1",
        ),
        UNBROKEN_RUN: (
            template.copy(data=unbroken_run.astype(np.float64)).where(arrives.any((TIME, SAMPLE))),
            "longest run of steps that hand gradient on",
            "time steps",
        ),
        LENGTH: (length.max(SAMPLE).astype(np.float64), "longest recorded sequence", "time steps"),
    }
    return with_units(columns)


def _lost_below(dataset: xr.Dataset, like: xr.DataArray) -> xr.DataArray:
    """Where zeros are underflow: there the gradient goes on, only training does not see it."""
    if UNDERFLOW not in dataset:
        return xr.zeros_like(like, dtype=bool)
    return dataset[UNDERFLOW].transpose(*like.dims) > 0


def _fraction(sequences: xr.DataArray, recorded: xr.DataArray) -> xr.DataArray:
    return (sequences & recorded).sum(SAMPLE) / recorded.sum(SAMPLE)


def _longest_run(flags: np.ndarray) -> np.ndarray:
    """Longest run of True along the last axis."""
    run = longest = np.zeros(flags.shape[:-1], dtype=np.int64)
    for now in np.moveaxis(flags, -1, 0):
        run = np.where(now, run + 1, 0)
        longest = np.maximum(longest, run)
    return longest
