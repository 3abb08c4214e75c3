"""The figure of a cell with gates: all but the drawing of its wires, which each cell has of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from gradviz.gallery.anatomy_run import Anatomy, TrainedCells, anatomies, anatomy_run
from gradviz.gallery.anatomy_table import anatomy_table
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.carry_claims import Gated, best_gate, carry_caption, carry_claims, carry_notes, drawn_run
from gradviz.gallery.cell_diagram import Diagram, Point, new_diagram
from gradviz.gallery.claim import Claim
from gradviz.gallery.gallery_figure import Data

TOP = 5.1
"""Height of the line of the state on the board."""


@dataclass(frozen=True)
class GatedAnatomy:
    """The functions of such a figure.

    Parameters
    ----------
    cell : {"lstm", "gru"}
    gated : Gated
        Its words and its carry path.
    formulas : sequence of (gate, formula)
        As `new_diagram` takes them.
    past : str
        The formula of the gradient along the carry path; what else comes back is added in words.
    draw : callable
        Draws wires, gates and operations of a pass on a board.
    beside_carry : (float, float)
        Where it is written how many times the gradient of the best gate the carry path leads back.
    beside_gate : mapping of str to (float, float)
        For each gate the place beside the wire of the previous hidden state into it.
    """

    cell: str
    gated: Gated
    formulas: Sequence[tuple[str, str]]
    past: str
    draw: Callable[[Diagram, Anatomy], None]
    beside_carry: Point
    beside_gate: Mapping[str, Point]

    def experiment(self, cache: Cache, settings: TrainedCells) -> Data:
        """One pass of each cell trained on the adding task."""
        return anatomy_run(cache, self.cell, settings)

    def claims(self, data: Data, settings: TrainedCells) -> Sequence[Claim]:
        """Whether the carry path leads more of the gradient back than the gates."""
        return carry_claims(data, self.gated)

    def compose(self, data: Data, settings: TrainedCells) -> Figure:
        """The diagram, the formulas and the colour bars."""
        found = anatomies(data)[drawn_run(data, self.gated)]
        title, carry = self.claims(data, settings)
        past = f"{self.past} + {self.gated.words('through')}"
        figure, board = new_diagram(title.sentence, [*self.formulas, ("", past)], list(found.wires.values()))
        self.draw(board, found)
        board.name((5.0, TOP + 0.45), carry.sentence, size=0.92)
        board.compared(self.beside_carry, carry.numbers["times"])
        board.compared(self.beside_gate[best_gate(found)], 1)
        return figure

    def caption(self, data: Data, settings: TrainedCells) -> Caption:
        """The caption, with the gradient of the carry path against that of the best gate."""
        return carry_caption(data, self.gated, settings)

    def notes(self, data: Data, settings: TrainedCells) -> Notes:
        """What to say about the picture."""
        return carry_notes(data, self.gated)

    def numbers(self, data: Data, settings: TrainedCells) -> pd.DataFrame:
        """One row per seed and mean in the diagram."""
        return anatomy_table(data)
