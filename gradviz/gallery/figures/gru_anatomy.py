"""Diagram of the GRU cell, coloured by a recorded run."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from gradviz.gallery.anatomy_run import (
    HOW_TO_READ,
    SETTING,
    Anatomy,
    anatomy,
    anatomy_run,
    describe_gated,
    times_more,
)
from gradviz.gallery.anatomy_table import anatomy_table
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.cell_diagram import HALF_HEIGHT, RADIUS, WIDE, Diagram, new_diagram
from gradviz.gallery.gallery_figure import Data
from gradviz.vocabulary import CARRY_PATH

CLAIM = "The GRU's update gate lets the gradient straight through"
FORMULAS = (
    ("update", r"$z = \sigma(W_z x + U_z h^- + b_z)$"),
    ("reset", r"$r = \sigma(W_r x + U_r h^- + b_r)$"),
    ("candidate", r"$u = U_n h^- + b_{hn}$"),
    ("candidate", r"$n = \tanh(W_n x + b_{in} + r\, u)$"),
    ("", r"$h = z\, h^- + (1 - z)\, n$"),
    ("", r"$\delta h^- = z\, \delta h\;$ + through gates"),
)
_TOP, _GATES, _BUS, _SPLIT = 5.1, 2.2, 0.75, 3.75
_UPDATE, _RESET, _PRODUCT, _CANDIDATE = 2.0, 4.0, 5.6, 7.5


def experiment(cache: Cache) -> Data:
    """One pass of the GRU trained on the adding task."""
    return anatomy_run(cache, "GRU")


def compose(data: Data) -> Figure:
    """The diagram, the formulas and the colour bars."""
    found = anatomy(data)
    figure, board = new_diagram(CLAIM, FORMULAS, found.gradients())
    _draw_state_line(board, found)
    _draw_gates(board, found)
    _draw_wires_of_gates(board, found)
    board.name((2.5, _TOP + 0.45), f"{times_more(found):.0f} times the best gate's gradient", ha="left")
    return figure


def _draw_state_line(board: Diagram, found: Anatomy) -> None:
    board.wire([(0.3, _TOP), (_UPDATE - RADIUS, _TOP)], found.grad_paths[CARRY_PATH])
    board.wire([(_UPDATE + RADIUS, _TOP), (_CANDIDATE - RADIUS, _TOP)], found.grad_paths[CARRY_PATH])
    board.wire([(_CANDIDATE + RADIUS, _TOP), (9.75, _TOP)], found.grad_h)
    board.operation((_UPDATE, _TOP), "×")
    board.operation((_CANDIDATE, _TOP), "+")
    board.name((0.5, _TOP + 0.45), "$h^-$")
    board.name((9.5, _TOP + 0.45), "$h$")


def _draw_gates(board: Diagram, found: Anatomy) -> None:
    """Draw the bus of h⁻ (and of x) and the three gates on it."""
    paths = found.grad_paths
    strongest = max(paths[gate] for gate in found.gates)
    board.wire([(0.75, _TOP), (0.75, _BUS), (_UPDATE, _BUS)], strongest, arrow=False)
    board.wire([(_UPDATE, _BUS), (_PRODUCT - RADIUS, _BUS)], paths["candidate"])
    board.wire([(_UPDATE, _BUS), (_UPDATE, _GATES - HALF_HEIGHT)], paths["update"])
    board.wire([(_RESET, _BUS), (_RESET, _GATES - HALF_HEIGHT)], paths["reset"])
    board.wire(
        [(_PRODUCT + RADIUS, _BUS), (_CANDIDATE, _BUS), (_CANDIDATE, _GATES - HALF_HEIGHT)],
        paths["candidate"],
    )
    board.operation((_PRODUCT, _BUS), "×")
    board.gate((_UPDATE, _GATES), "update", found.gates["update"])
    board.gate((_RESET, _GATES), "reset", found.gates["reset"])
    board.gate((_CANDIDATE, _GATES), "candidate", found.gates["candidate"], signed=True)
    board.name((8.8, _BUS + 0.05), "$x$ enters\nevery gate")


def _draw_wires_of_gates(board: Diagram, found: Anatomy) -> None:
    above, gradients = _GATES + HALF_HEIGHT, found.grad_gates
    board.wire([(_UPDATE, above), (_UPDATE, _TOP - RADIUS)], gradients["update"])
    board.wire([(_UPDATE, _SPLIT), (_PRODUCT - WIDE, _SPLIT)], gradients["update"])
    board.wire([(_PRODUCT + WIDE, _SPLIT), (_CANDIDATE - RADIUS, _SPLIT)], gradients["update"])
    board.wire(
        [(_RESET, above), (_RESET, 3.0), (_PRODUCT, 3.0), (_PRODUCT, _BUS + RADIUS)], gradients["reset"]
    )
    board.wire([(_CANDIDATE, above), (_CANDIDATE, _SPLIT - RADIUS)], gradients["candidate"])
    board.wire([(_CANDIDATE, _SPLIT + RADIUS), (_CANDIDATE, _TOP - RADIUS)], gradients["candidate"])
    board.operation((_PRODUCT, _SPLIT), "1 − z")
    board.operation((_CANDIDATE, _SPLIT), "×")


def caption(data: Data) -> Caption:
    """The caption, with the gradient of the carry path against that of the best gate."""
    found = anatomy(data)
    return Caption(
        claim=CLAIM,
        reading=f"{HOW_TO_READ} An update gate near 1 keeps the state.",
        setting=SETTING,
        measured=describe_gated(found, "along the carry path"),
        source="Cho et al. (2014), 'Learning phrase representations using RNN encoder-decoder', with z and "
        "1 - z exchanged; PyTorch's equations, which apply the reset gate after the matrix product.",
        alt="Diagram of a GRU cell. The line of the hidden state along the top is bright, and the wires "
        f"through its three gates are darker: the line carries {times_more(found):.0f} times the gradient of "
        "the best gate. Beside the diagram are the cell's equations.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per mean in the diagram."""
    return anatomy_table(anatomy(data))
