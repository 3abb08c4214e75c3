"""How the loss went: where it began, its largest jump, where it ended."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.arguments import check_whole_number
from gradviz.errors import BadRecording
from gradviz.measures.values_of_steps import values_of_steps
from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import LOSS, STEP

FIRST, END, RELATIVE_END = "first_loss", "loss_at_end", "end_over_first"
OVER_BEGINNING = "end_over_first_tenth"
WORST, JUMP, COUNTED = "worst_loss", "worst_over_first", "losses_counted"
STILL_FALLING = "fall_in_second_half"

_END = 10  # the first and the last of so many equal parts of the training


@takes_any_selection(STEP)
def loss_course(data: xr.Dataset | xr.DataTree, *, window: int = 10) -> xr.Dataset:
    """The first loss, the worst running median of it, and the loss at the end.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``loss``: in a tree at all iterations, in the Dataset of a module at its recorded steps.
    window : int
        Losses in the running median, at least 1.

    Returns
    -------
    Dataset, no dims
        ``first_loss``: before the first update.  ``loss_at_end``: median of the last tenth.  ``worst_loss``:
        largest running median.  ``end_over_first`` and ``worst_over_first``: relative to the first loss; NaN
        unless it is above 0.  ``end_over_first_tenth``: relative to the median of the first tenth, which is
        less noisy; NaN unless that is above 0.  ``fall_in_second_half``: by which fraction of its value the
        median loss falls from the third quarter of the training to the last; negative if it rises.
        ``losses_counted``.  An infinite loss counts as infinite.

    Raises
    ------
    BadRecording
        If no loss was recorded.
    ValueError
        If the window is below 1.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4)
    >>> with gv.record(lstm) as tape:
    ...     for loss in (2.0, 8.0, 8.0, 1.0):
    ...         lstm(torch.ones(5, 3, 2))[0].sum().backward()
    ...         tape.step(loss)
    >>> found = gv.loss_course(tape.tree, window=1)
    >>> found["worst_over_first"].item(), found["end_over_first"].item()
    (4.0, 0.5)
    """
    check_whole_number("window", window, at_least=1)
    losses = values_of_steps(data, LOSS).values
    if not len(losses):
        raise BadRecording("recording has no loss: record it with tape.step(loss)")
    first, count = float(losses[0]), len(losses)
    part = max(1, count // _END)
    beginning, end = (float(without_overflow(some, np.median)) for some in (losses[:part], losses[-part:]))
    running = without_overflow(
        np.lib.stride_tricks.sliding_window_view(losses, min(window, count)),
        lambda part: np.median(part, axis=1),
    )
    worst = float(running.max())
    unit = first if 0 < first < np.inf else np.nan
    values = {
        FIRST: (first, "first loss"),
        END: (end, "loss at the end"),
        WORST: (worst, f"worst running median of the loss over {window} iterations"),
        RELATIVE_END: (end / unit, "loss at the end relative to the first"),
        OVER_BEGINNING: (
            end / beginning if 0 < beginning < np.inf else np.nan,
            "loss at the end relative to the first tenth",
        ),
        JUMP: (worst / unit, "worst loss relative to the first"),
        STILL_FALLING: (_fall(losses), "fall of the loss in the second half, relative"),
        COUNTED: (float(count), "iterations with a loss"),
    }
    return with_units({name: (xr.DataArray(value), text, "1") for name, (value, text) in values.items()})


def _fall(losses: np.ndarray) -> float:
    quarter = len(losses) // 4
    if not quarter:
        return float("nan")
    before, after = (
        float(without_overflow(part, np.median))
        for part in (losses[-2 * quarter : -quarter], losses[-quarter:])
    )
    if not np.isfinite(before) or before == 0:
        return float("nan")
    scale = 0.5 if abs(before) > 1 else 1.0  # the difference of two large losses may not be a float
    return (scale * before - scale * after) / (scale * abs(before))
