"""What each cell is: its gates, their squashing functions and thresholds, and which gate keeps the state.

The equations of the cells are in ``gradviz/cells``.  A recurrence written by hand has the gates that were
given to ``tape.observe``; they are attributes of its recording.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gradviz.vocabulary import (
    CARRY_PATH,
    CELL,
    DIRECT_PATH,
    GATE_SQUASH,
    KEEPS,
    LEFT_MEANING,
    OBSERVED,
    RIGHT_MEANING,
)


class Squash(NamedTuple):
    """A squashing function: its range, and the values at or beyond which an activation is saturated."""

    low: float
    high: float
    range: tuple[float, float]


SQUASH = {
    "sigmoid": Squash(0.1, 0.9, (0.0, 1.0)),
    "tanh": Squash(-0.9, 0.9, (-1.0, 1.0)),
    "relu": Squash(0.0, math.inf, (0.0, math.inf)),  # left-saturated at exactly 0, never on the right
    "exp": Squash(0.1, math.inf, (0.0, math.inf)),  # never on the right: it has no upper end
}


_LEFT_APART = {"tanh": "tanh: below -0.9", "relu": "relu: zero"}


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
    is_observed : bool
        Whether it is written by hand: only totals at its states and gates are known, and no paths.
    """

    label: str
    squash: Mapping[str, str] = field(default_factory=dict)
    keeps: str | None = None
    writes: str | None = None
    has_cell_state: bool = False
    is_observed: bool = False

    @property
    def gates(self) -> tuple[str, ...]:
        return tuple(self.squash)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the gradient to a state; empty for a cell whose gates are not visible."""
        if not self.squash or self.is_observed:
            return ()
        return (DIRECT_PATH, CARRY_PATH, *self.gates) if self.keeps else (DIRECT_PATH, *self.gates)

    @property
    def sigmoid_gates(self) -> tuple[str, ...]:
        return tuple(gate for gate, squash in self.squash.items() if squash == "sigmoid")

    @property
    def relu_gates(self) -> tuple[str, ...]:
        return tuple(gate for gate, squash in self.squash.items() if squash == "relu")

    @property
    def is_rectified(self) -> bool:
        """Whether its units are ReLUs, so that a state is zero where they are."""
        return bool(self.relu_gates) and not self.is_observed


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
    # written by hand: its states and their gradients can be seen, and the gates that `cell_of` adds
    OBSERVED: CellDescription("recurrence", is_observed=True),
}


def describe_cell(name: object) -> CellDescription:
    """The description of a cell; for a name that is not in ``CELLS``, one without gates."""
    if isinstance(name, str):
        return CELLS[name] if name in CELLS else CellDescription(name)
    return CellDescription("module")


def observed_cell(squash: Mapping[str, str], keeps: str | None = None) -> CellDescription:
    """The description of a recurrence written by hand that has these gates."""
    return replace(CELLS[OBSERVED], squash=dict(squash), keeps=keeps)


def cell_of(attributes: Mapping[Any, Any]) -> CellDescription:
    """The description of the cell of a recording.

    Parameters
    ----------
    attributes : mapping
        Those of the recording of a module.  For a recurrence written by hand they hold its gates.

    Returns
    -------
    CellDescription
        As `describe_cell`, with the gates that were given to ``tape.observe``.
    """
    name, gates = attributes.get(CELL), attributes.get(GATE_SQUASH)
    if name != OBSERVED or gates is None:
        return describe_cell(name)
    return observed_cell(json.loads(gates), attributes.get(KEEPS))


def gate_attributes(cell: CellDescription) -> dict[str, str]:
    """The attributes from which `cell_of` tells the gates of a recurrence written by hand."""
    if not cell.is_observed or not cell.squash:
        return {}
    found = {GATE_SQUASH: json.dumps(dict(cell.squash))}
    return found if cell.keeps is None else {**found, KEEPS: cell.keeps}


def saturation_meanings(cell: CellDescription) -> tuple[str, str]:
    """What left- and right-saturated mean in a recording, in words; the same for all cells of torch."""
    return saturation_in_words(cell) if cell.is_observed else (LEFT_MEANING, RIGHT_MEANING)


def saturation_in_words(cell: CellDescription) -> tuple[str, str]:
    """What left- and right-saturated mean for the gates that a cell has, in words."""
    functions = set(cell.squash.values())
    if not functions:
        return LEFT_MEANING, RIGHT_MEANING
    apart = [words for name, words in _LEFT_APART.items() if name in functions]
    never = sorted(name for name in functions if math.isinf(SQUASH[name].high))
    left = f"below 0.1 ({'; '.join(apart)})" if apart else "below 0.1"
    return left, f"above 0.9 ({', '.join(never)}: never)" if never else "above 0.9"


def gates_in_words(cell: CellDescription) -> str:
    """The gates with their squashing functions, for a message."""
    return ", ".join(f"{gate} ({squash})" for gate, squash in cell.squash.items()) or "none"
