"""What each cell is: its gates, their squashing functions and thresholds, and which gate keeps the state.

The equations of the cells are in ``gradviz/cells``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from gradviz.vocabulary import CARRY_PATH, DIRECT_PATH, OBSERVED


class Squash(NamedTuple):
    """A squashing function: its range, and the values at or beyond which an activation is saturated."""

    low: float
    high: float
    range: tuple[float, float]


SQUASH = {
    "sigmoid": Squash(0.1, 0.9, (0.0, 1.0)),
    "tanh": Squash(-0.9, 0.9, (-1.0, 1.0)),
    "relu": Squash(0.0, math.inf, (0.0, math.inf)),  # left-saturated at exactly 0, never on the right
}


@dataclass(frozen=True)
class CellDescription:
    """What is needed to read a recording of a cell; the cell's equations are in ``gradviz/cells``.

    Attributes
    ----------
    label : str
        Its name in figures and messages.
    squash : mapping of str to str
        For every gate, in the order of PyTorch's weights, the name of its squashing function.
    keeps : str or None
        The gate that keeps the state when it is near 1.
    writes : str or None
        The gate that controls how much new input enters the state: in proportion to the gate or, if it is
        also the gate that keeps the state, to one minus the gate.
    has_cell_state : bool
    """

    label: str
    squash: Mapping[str, str] = field(default_factory=dict)
    keeps: str | None = None
    writes: str | None = None
    has_cell_state: bool = False

    @property
    def gates(self) -> tuple[str, ...]:
        return tuple(self.squash)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the gradient to a state; empty for a cell whose gates are not visible."""
        if not self.squash:
            return ()
        return (DIRECT_PATH, CARRY_PATH, *self.gates) if self.keeps else (DIRECT_PATH, *self.gates)

    @property
    def sigmoid_gates(self) -> tuple[str, ...]:
        return tuple(gate for gate, squash in self.squash.items() if squash == "sigmoid")

    @property
    def is_rectified(self) -> bool:
        return "relu" in self.squash.values()


CELLS = {
    "rnn": CellDescription("RNN (tanh)", {"hidden": "tanh"}),
    "rnn_relu": CellDescription("RNN (relu)", {"hidden": "relu"}),
    "lstm": CellDescription(
        "LSTM",
        {"input": "sigmoid", "forget": "sigmoid", "candidate": "tanh", "output": "sigmoid"},
        keeps="forget",
        writes="input",
        has_cell_state=True,
    ),
    "gru": CellDescription(
        "GRU",
        {"reset": "sigmoid", "update": "sigmoid", "candidate": "tanh"},
        keeps="update",
        writes="update",
    ),
    # written by hand: only its states and their gradients can be seen
    OBSERVED: CellDescription("recurrence"),
}


def describe_cell(name: object) -> CellDescription:
    """The description of a cell; for a name that is not in ``CELLS``, one without gates."""
    if isinstance(name, str):
        return CELLS.get(name, CellDescription(name))
    return CellDescription("module")
