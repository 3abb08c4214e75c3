"""Diagram of the LSTM cell, coloured by a recorded run."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from gradviz.gallery.anatomy_run import HOW_TO_READ, SETTING, anatomy, anatomy_run, describe_gated, times_more
from gradviz.gallery.anatomy_table import anatomy_table
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.cell_diagram import HALF_HEIGHT, RADIUS, WIDE, Diagram, new_diagram
from gradviz.gallery.gallery_figure import Data
from gradviz.vocabulary import CARRY_PATH

CLAIM = "The LSTM's cell state carries the gradient past its gates"
FORMULAS = (
    ("forget", r"$f = \sigma(W_f x + U_f h^- + b_f)$"),
    ("input", r"$i = \sigma(W_i x + U_i h^- + b_i)$"),
    ("candidate", r"$g = \tanh(W_g x + U_g h^- + b_g)$"),
    ("output", r"$o = \sigma(W_o x + U_o h^- + b_o)$"),
    ("", r"$c = f\, c^- + i\, g$"),
    ("", r"$h = o\, \tanh c$"),
    ("", r"$\delta c^- = f\, \delta c\;$ + through $h^-$"),
)
_TOP, _GATES, _BUS = 5.1, 2.2, 0.75
_X = {"forget": 1.4, "input": 3.2, "candidate": 5.0, "output": 6.8}
_END = 8.55  # where the cell state branches off to the output


def experiment(cache: Cache) -> Data:
    """One pass of the LSTM trained on the adding task."""
    return anatomy_run(cache, "LSTM")


def compose(data: Data) -> Figure:
    """The diagram, the formulas and the colour bars."""
    found = anatomy(data)
    figure, board = new_diagram(CLAIM, FORMULAS, found.gradients())
    _draw_cell_line(board, found.grad_c, found.grad_paths[CARRY_PATH])
    for gate, x in _X.items():
        board.wire([(x, _BUS), (x, _GATES - HALF_HEIGHT)], found.grad_paths[gate])
        board.gate((x, _GATES), gate, found.gates[gate], signed=gate == "candidate")
    _draw_gate_outputs(board, found.grad_gates)
    _draw_output(board, found.grad_c, found.grad_h)
    board.wire([(0.55, _BUS), (_X["output"], _BUS)], found.grad_h, arrow=False)
    board.name((0.5, _BUS + 0.4), "$x$, $h^-$")
    board.name((1.9, _TOP + 0.45), f"{times_more(found):.0f} times the best gate's gradient", ha="left")
    return figure


def _draw_cell_line(board: Diagram, grad_c: float, carried: float) -> None:
    board.wire([(0.3, _TOP), (_X["forget"] - RADIUS, _TOP)], carried)
    board.wire([(_X["forget"] + RADIUS, _TOP), (_X["candidate"] - RADIUS, _TOP)], grad_c)
    board.wire([(_X["candidate"] + RADIUS, _TOP), (9.75, _TOP)], grad_c)
    board.operation((_X["forget"], _TOP), "×")
    board.operation((_X["candidate"], _TOP), "+")
    board.name((0.5, _TOP + 0.42), "$c^-$")
    board.name((9.5, _TOP + 0.42), "$c$")


def _draw_gate_outputs(board: Diagram, gradients: dict[str, float]) -> None:
    above, product = _GATES + HALF_HEIGHT, 3.7
    board.wire([(_X["forget"], above), (_X["forget"], _TOP - RADIUS)], gradients["forget"])
    board.wire(
        [(_X["input"], above), (_X["input"], product), (_X["candidate"] - RADIUS, product)],
        gradients["input"],
    )
    board.wire([(_X["candidate"], above), (_X["candidate"], product - RADIUS)], gradients["candidate"])
    board.wire(
        [(_X["candidate"], product + RADIUS), (_X["candidate"], _TOP - RADIUS)], gradients["candidate"]
    )
    board.operation((_X["candidate"], product), "×")
    board.wire([(_X["output"], above), (_X["output"], 2.9), (_END - RADIUS, 2.9)], gradients["output"])


def _draw_output(board: Diagram, grad_c: float, grad_h: float) -> None:
    board.wire([(_END, _TOP), (_END, 4.2 + WIDE)], grad_h)
    board.wire([(_END, 4.2 - WIDE), (_END, 2.9 + RADIUS)], grad_h)
    board.wire([(_END, 2.9 - RADIUS), (_END, _BUS), (9.75, _BUS)], grad_h)
    board.operation((_END, 4.2), "tanh")
    board.operation((_END, 2.9), "×")
    board.name((9.5, _BUS + 0.42), "$h$")


def caption(data: Data) -> Caption:
    """The caption, with the gradient of the carry path against that of the best gate."""
    found = anatomy(data)
    return Caption(
        claim=CLAIM,
        reading=HOW_TO_READ,
        setting=SETTING,
        measured=describe_gated(found, "along the cell state"),
        source="Hochreiter and Schmidhuber (1997), 'Long short-term memory'; Gers, Schmidhuber and Cummins "
        "(2000) for the forget gate; PyTorch's equations.",
        alt="Diagram of an LSTM cell. The line of the cell state along the top is bright, and the wires "
        f"through the four gates are much darker: the line carries {times_more(found):.0f} times the "
        "gradient of the best gate. Beside the diagram are the cell's equations.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per mean in the diagram."""
    return anatomy_table(anatomy(data))
