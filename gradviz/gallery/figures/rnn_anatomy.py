"""Diagram of the plain RNN cell, coloured by a recorded run."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from gradviz.gallery.adding_runs import HIDDEN, LENGTH
from gradviz.gallery.anatomy_run import HOW_TO_READ, PASS, SEQUENCES, Anatomy, anatomy, anatomy_run
from gradviz.gallery.anatomy_table import anatomy_table
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.cell_diagram import HALF_WIDTH, RADIUS, Diagram, new_diagram
from gradviz.gallery.gallery_figure import Data
from gradviz.measures.decay_rate import DECAY_RATE, decay_rate

CLAIM = "In an RNN, every step back goes through U and the slope of tanh"
FORMULAS = (
    ("hidden", r"$a = W x + U h^- + b$"),
    ("hidden", r"$h = \tanh a$"),
    ("", r"$\delta a = (1 - h^2)\, \delta h$"),
    ("", r"$\delta h^- = U^{\!\top} \delta a$"),
)
_LINE = 3.3
_WEIGHT, _SUM, _HIDDEN = 2.4, 4.3, 6.6


def experiment(cache: Cache) -> Data:
    """One pass of the untrained RNN on the adding task."""
    return anatomy_run(cache, "RNN (tanh)", trained=False)


def compose(data: Data) -> Figure:
    """The diagram, the formulas and the colour bars."""
    found = anatomy(data)
    figure, board = new_diagram(CLAIM, FORMULAS, found.gradients())
    _draw_line(board, found)
    board.name((5.0, 5.1), f"lost on the way back: {rate(data):.2f} decades per time step")
    return figure


def _draw_line(board: Diagram, found: Anatomy) -> None:
    inner, back = found.grad_gates["hidden"], found.grad_paths["hidden"]
    board.wire([(0.4, _LINE), (_WEIGHT - RADIUS, _LINE)], back)
    board.wire([(_WEIGHT + RADIUS, _LINE), (_SUM - RADIUS, _LINE)], inner)
    board.wire([(_SUM + RADIUS, _LINE), (_HIDDEN - HALF_WIDTH, _LINE)], inner)
    board.wire([(_HIDDEN + HALF_WIDTH, _LINE), (9.7, _LINE)], found.grad_h)
    board.wire([(_SUM, 0.6), (_SUM, 1.7 - RADIUS)], inner)
    board.wire([(_SUM, 1.7 + RADIUS), (_SUM, _LINE - RADIUS)], inner)
    board.operation((_WEIGHT, _LINE), "U")
    board.operation((_SUM, 1.7), "W")
    board.operation((_SUM, _LINE), "+")
    board.gate((_HIDDEN, _LINE), "hidden", found.gates["hidden"], signed=True)
    board.name((0.6, _LINE + 0.45), "$h^-$")
    board.name((9.4, _LINE + 0.45), "$h$")
    board.name((_SUM + 0.4, 0.7), "$x$")
    board.name((_HIDDEN, _LINE - 0.85), "tanh")


def rate(data: Data) -> float:
    """Decades of gradient lost per time step, median over sequences."""
    return float(decay_rate(data[PASS])[DECAY_RATE].squeeze())


def caption(data: Data) -> Caption:
    """The caption, with the gradient at the state, at the pre-activation and at the previous state."""
    found = anatomy(data)
    behind, back = found.grad_gates["hidden"], found.grad_paths["hidden"]
    return Caption(
        claim=CLAIM,
        reading=HOW_TO_READ,
        setting=f"A tanh RNN of {HIDDEN} units at PyTorch's initialisation, one pass over {SEQUENCES} "
        f"sequences of the adding task with {LENGTH} time steps, loss at the last time step, seed 0.",
        measured=f"Mean gradient norm: {10**found.grad_h:.2g} at the state, {10**behind:.2g} at the "
        f"pre-activation, {10**back:.2g} at the previous state. Over the whole sequence the gradient loses "
        f"{rate(data):.3f} decades per time step (median over sequences).",
        source="Elman (1990), 'Finding structure in time'; PyTorch's equations.",
        alt="Diagram of a plain RNN cell: one line leads from the previous state through U, the sum with "
        "the input and tanh to the new state, all in nearly the same colour. Beside the diagram are the "
        "equations of the cell and of its gradient.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per mean in the diagram."""
    return anatomy_table(anatomy(data))
