"""The record of one call of a recurrent module in one training step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from gradviz.cell_descriptions import CellDescription, cell_of
from gradviz.vocabulary import CELL


@dataclass(frozen=True)
class CallRecord:
    """Everything recorded of one call of a recurrent module in one training step.

    Parameters
    ----------
    step : int
        The training step, counted from 0.
    module : str
        Dotted name of the module in the model.
    cell : str
        A key of ``cell_descriptions.CELLS``.
    samples : ndarray of int, shape (sample,)
        Indices in the batch of the recorded sequences.
    variables : dict of str to ndarray
        Arrays by key of ``vocabulary.VARIABLES``, with the dims given there, without ``step``.
    replay_error : float
        Largest |h replayed - h native| of this call.
    attributes : dict
        Other facts about the module: sizes, dtype, batch_first, bidirectional. A number whose name is in
        ``vocabulary.VARIABLES``, such as ``length``, also becomes a variable, dims (step,).  Those of
        `cell_descriptions.gate_attributes` tell the gates of a recurrence written by hand.
    call : int
        Number of the call within the training step, counted from 0. Calls may differ in length, samples
        and batch size.
    """

    step: int
    module: str
    cell: str
    samples: np.ndarray
    variables: dict[str, np.ndarray]
    replay_error: float
    attributes: dict[str, str | int | float] = field(default_factory=dict)
    call: int = 0

    @property
    def description(self) -> CellDescription:
        """What its cell is."""
        return cell_of({CELL: self.cell, **self.attributes})

    def with_more(
        self, variables: Mapping[str, np.ndarray], attributes: Mapping[str, str | int | float]
    ) -> CallRecord:
        """The same record with further variables and attributes."""
        if not variables and not attributes:
            return self
        return replace(
            self, variables={**self.variables, **variables}, attributes={**self.attributes, **attributes}
        )
