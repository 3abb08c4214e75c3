"""What capture hands over: everything seen of one call of a recurrent module in one training step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class CallRecord:
    """One call of a recurrent module during one training step.

    Parameters
    ----------
    step : int
        The training step, counted from 0.
    module : str
        Dotted name of the module in its model.
    cell : str
        A key of ``vocabulary.CELLS``.
    samples : ndarray of int, shape (sample,)
        Index in the batch of every recorded sequence.
    variables : dict of str to ndarray
        Keys of ``vocabulary.VARIABLES``; each array has that variable's dims there, without ``step``.
    replay_error : float
        Largest |h replayed - h native| of this call.
    attributes : dict
        What else is constant for the module: sizes, dtype, batch_first, bidirectional.
    call : int
        Which call of the module in this training step it was, counted from 0. Calls may differ in length,
        samples and batch size.
    """

    step: int
    module: str
    cell: str
    samples: np.ndarray
    variables: dict[str, np.ndarray]
    replay_error: float
    attributes: dict[str, str | int | float] = field(default_factory=dict)
    call: int = 0
