"""How much outputs and targets vary between the sequences of a batch, over the training."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.values_of_steps import values_of_steps
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.vocabulary import OUTPUT_SPREAD, STEP, TARGET_SPREAD

RATIO = "output_spread_over_target"
OUTPUT_AT_END, TARGET_AT_END = "output_spread_at_end", "target_spread_at_end"
LARGEST_TARGET, TARGETS = "largest_target_spread", "steps_with_target_spread"

_END = 4  # the last of so many equal parts of the recorded steps


@takes_any_selection(STEP)
def batch_variation(data: xr.Dataset | xr.DataTree) -> xr.Dataset:
    """Spread of outputs and of targets over the batch, at the end of the training and over all of it.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``output_spread`` or ``target_spread``: made with ``tape.step(loss, output=..., target=...)``.

    Returns
    -------
    Dataset, no dims
        ``output_spread_at_end``, ``target_spread_at_end`` and ``output_spread_over_target``: medians over
        the last quarter of the recorded steps at which both are finite; NaN if there is none.  A network
        that predicts the same for every sequence has a ratio of 0.  ``largest_target_spread``: over all
        recorded steps; 0 if all targets of a batch were equal at every one.  ``steps_with_target_spread``:
        recorded steps whose batch had more than one target.

    Raises
    ------
    BadRecording
        If neither was recorded.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> lstm, y = nn.LSTM(2, 1), torch.tensor([[0.0], [4.0]])  # standard deviation 2
    >>> with gv.record(lstm) as tape:
    ...     output = torch.zeros_like(y)
    ...     lstm(torch.ones(5, 2, 2))[0].sum().backward()
    ...     tape.step(output=output, target=y)
    >>> found = gv.batch_variation(tape.tree)
    >>> found["output_spread_over_target"].item(), found["largest_target_spread"].item()
    (0.0, 2.0)
    """
    output, target = values_of_steps(data, OUTPUT_SPREAD), values_of_steps(data, TARGET_SPREAD)
    if not output.size and not target.size:
        raise BadRecording(
            f"recording has neither {OUTPUT_SPREAD!r} nor {TARGET_SPREAD!r}: record them with "
            "tape.step(loss, output=output, target=target)"
        )
    output, target = xr.align(output, target, join="outer")
    both = np.isfinite(output) & np.isfinite(target)
    last = -(-int(both.sum()) // _END)
    output_at_end, target_at_end = (
        each.where(both, drop=True).isel({STEP: slice(-last, None) if last else slice(0)})
        for each in (output, target)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = output_at_end / target_at_end
    return with_units(
        {
            OUTPUT_AT_END: (output_at_end.median(), "spread of the outputs over the batch at the end", "1"),
            TARGET_AT_END: (target_at_end.median(), "spread of the targets over the batch at the end", "1"),
            RATIO: (ratio.median(), "spread of the outputs relative to that of the targets", "1"),
            LARGEST_TARGET: (target.max(), "largest spread of the targets over a batch", "1"),
            TARGETS: (target.notnull().sum(), "recorded steps with several targets", "1"),
        }
    )
