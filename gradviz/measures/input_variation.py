"""How the input of a module varies along time and between sequences."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import INPUT_CHANGE, INPUT_NORM, INPUT_SPREAD, SAMPLE, TIME

NORM, CHANGE, SPREAD = "typical_input_norm", "typical_input_change", "typical_input_spread"
LARGEST_CHANGE, LARGEST_SPREAD = "largest_input_change", "largest_input_spread"


@takes_any_selection(TIME)
def input_variation(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Size of a module's input, its change along time and its differences between sequences.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``input_norm`` and ``input_change``, dims (step, time, sample), and ``input_spread``, dims (step,
        time).
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims (step,)
        ``typical_input_norm``, ``typical_input_change`` and ``typical_input_spread``: medians.
        ``largest_input_change`` and ``largest_input_spread``: maxima, 0 for a constant input. In the units of
        the input. Changes are NaN if there is only one time step, spreads if there is only one sequence.

    Raises
    ------
    BadRecording
        If the input was not recorded, or there is no such call.

    Examples
    --------
    >>> import gradviz as gv
    >>> import torch
    >>> from torch import nn
    >>> rnn = nn.RNN(1, 4, batch_first=True)
    >>> with gv.record(rnn) as tape:
    ...     rnn(torch.ones(3, 20, 1))[0].sum().backward()  # the same input at every time step
    >>> found = gv.input_variation(tape.dataset)
    >>> found["typical_input_norm"].item(), found["largest_input_change"].item()
    (1.0, 0.0)
    """
    dataset = select_call(data, module=module, call=call)
    norm = check_variable(dataset, INPUT_NORM).variable
    change = check_variable(dataset, INPUT_CHANGE).variable
    spread = check_variable(dataset, INPUT_SPREAD).variable
    return with_units(
        {
            NORM: (
                without_overflow(norm, lambda part: part.median((TIME, SAMPLE))),
                "median norm of the input",
                "1",
            ),
            CHANGE: (
                without_overflow(change, lambda part: part.median((TIME, SAMPLE))),
                "median change of the input per time step",
                "1",
            ),
            SPREAD: (
                without_overflow(spread, lambda part: part.median(TIME)),
                "median distance between inputs of neighbouring sequences",
                "1",
            ),
            LARGEST_CHANGE: (change.max((TIME, SAMPLE)), "largest change of the input per time step", "1"),
            LARGEST_SPREAD: (
                spread.max(TIME),
                "largest distance between inputs of neighbouring sequences",
                "1",
            ),
        },
        of=dataset,
    )
