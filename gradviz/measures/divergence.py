"""How far the loss rose before it was no longer finite."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.measures.losses_of_finished_steps import losses_of_finished_steps
from gradviz.measures.not_finite import FIRST, finite_losses
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import STEP

LAST, OVER_FIRST = "last_finite_loss", "last_over_first"
BEGINS, RISE = "rise_begins", "rise_before_not_finite"

_NAMES = {
    LAST: "last finite loss",
    OVER_FIRST: "last finite loss relative to the first",
    BEGINS: "training step from which on the loss rose until it was not finite",
    RISE: "last finite loss relative to the one before it rose",
}
_USUAL = 3.0  # times the usual change of the logarithm of the loss, from which a change is not noise
_SMALLEST = 1.2  # factor by which a loss must rise to count where nothing is known of its noise


@takes_any_selection(STEP)
def divergence(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """How far the loss rose, step after step, until it was infinite or not a number.

    A rise counts if the loss has grown at each of the last steps before, at least two times by more than its
    noise: by a factor of at least 1.2, and three times as much as it usually changes, both on a log scale.
    So a single bad batch is no rise.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``loss``: in a tree at all iterations, in the Dataset of a module at its recorded steps.

    Returns
    -------
    Dataset, no dims
        ``last_finite_loss`` before the first that is not; ``last_over_first``: relative to the first loss.
        ``rise_begins``: the training step with the last loss before the rise.  ``rise_before_not_finite``:
        the last finite loss relative to that one.  All NaN if the losses are finite, or one before is not
        above 0; of the rise also if there was none.

    Raises
    ------
    BadRecording
        If no loss was recorded.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4)
    >>> with gv.record(lstm) as tape:
    ...     for loss in (1.0, 0.5, 8.0, 4e9, float("nan")):
    ...         lstm(torch.ones(5, 3, 2))[0].sum().backward()
    ...         tape.step(loss)
    >>> found = gv.divergence(tape.tree)
    >>> found["rise_begins"].item(), found["rise_before_not_finite"].item()
    (1.0, 8000000000.0)
    """
    first = float(finite_losses(data)[FIRST])
    losses = losses_of_finished_steps(data)
    (along,) = losses.dims or (None,)
    values = dict.fromkeys(_NAMES, np.nan)
    if along is not None and np.isfinite(first):
        known = losses.where(losses[along] < first).dropna(along)
        if len(known) and bool((known > 0).all()):
            values[LAST], values[OVER_FIRST] = float(known[-1]), float(known[-1] / known[0])
            place = _begins(known.values)
            if place is not None:
                values[BEGINS], values[RISE] = float(known[along][place]), float(known[-1] / known[place])
    return with_units({name: (xr.DataArray(values[name]), text, "1") for name, text in _NAMES.items()})


def _begins(losses: np.ndarray) -> int | None:
    """The place of the last loss before those that rise to the end; None if they do not."""
    if len(losses) < 3:
        return None
    changes = np.diff(np.log(losses))
    falls = np.flatnonzero(changes <= 0)
    begins = int(falls[-1]) + 1 if len(falls) else 0
    if len(changes) - begins < 2:
        return None
    usual = float(np.median(np.abs(changes[:-2]))) if len(changes) > 4 else 0.0
    is_clear = changes[-2:] >= max(np.log(_SMALLEST), _USUAL * usual if begins else 0.0)
    return begins if bool(is_clear.all()) else None
