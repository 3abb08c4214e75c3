"""Diagram of the LSTM cell, coloured by a recorded run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from gradviz.gallery.anatomy_run import TrainedCells, anatomies, anatomy_run
from gradviz.gallery.anatomy_table import anatomy_table
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.carry_claims import (
    Gated,
    best_gate,
    carry_caption,
    carry_claims,
    carry_notes,
    drawn_run,
)
from gradviz.gallery.cell_diagram import ASIDE, HALF_HEIGHT, RADIUS, WIDE, Diagram, new_diagram
from gradviz.gallery.claim import Claim
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words

Settings = TrainedCells
FORMULAS = (
    ("forget", r"$f = \sigma(W_f x + U_f h^- + b_f)$"),
    ("input", r"$i = \sigma(W_i x + U_i h^- + b_i)$"),
    ("candidate", r"$g = \tanh(W_g x + U_g h^- + b_g)$"),
    ("output", r"$o = \sigma(W_o x + U_o h^- + b_o)$"),
    ("", r"$c = f\, c^- + i\, g$"),
    ("", r"$h = o\, \tanh c$"),
)
_TOP, _GATES, _BUS = 5.1, 2.35, 0.6
_X = {"forget": 1.4, "input": 3.2, "candidate": 5.0, "output": 6.8}
_END = 8.55  # where the cell state branches off to the output
_words = figure_words("lstm_anatomy")
CELL = Gated(_words, carry="c_before")


def experiment(cache: Cache, settings: TrainedCells) -> Data:
    """One pass of each LSTM trained on the adding task."""
    return anatomy_run(cache, "lstm", settings)


def claims(data: Data, settings: TrainedCells) -> Sequence[Claim]:
    """Whether the cell state carries more of the gradient than the gates."""
    return carry_claims(data, CELL)


def compose(data: Data, settings: TrainedCells) -> Figure:
    """The diagram, the formulas and the colour bars."""
    found = anatomies(data)[drawn_run(data, CELL)]
    title, carry = claims(data, settings)
    past = r"$\delta c^- = f\, \delta c\;$ + " + _words("through")
    figure, board = new_diagram(title.sentence, [*FORMULAS, ("", past)], list(found.wires.values()))
    _draw_cell_line(board, found.wires)
    for gate, x in _X.items():
        board.gate((x, _GATES), gate, found.gates[gate], signed=gate == "candidate")
    _draw_gate_outputs(board, found.wires)
    _draw_output(board, found.wires)
    _draw_gate_inputs(board, found.wires)
    board.name((5.0, _TOP + 0.45), carry.sentence, size=0.92)
    board.compared((0.7, _TOP - 0.4), carry.numbers["times"])
    board.compared((_X[best_gate(found)] + 0.62, _BUS + 0.55), 1)
    kept = _words("kept", mean=found.gates["forget"])
    board.name((_X["forget"] + 0.35, _TOP - 0.5), kept, ha="left", size=0.92)
    return figure


def _draw_cell_line(board: Diagram, wires: Mapping[str, float]) -> None:
    board.wire([(0.3, _TOP), (_X["forget"] - RADIUS, _TOP)], wires["c_before"])
    board.wire([(_X["forget"] + RADIUS, _TOP), (_X["candidate"] - RADIUS, _TOP)], wires["kept"])
    board.wire([(_X["candidate"] + RADIUS, _TOP), (_END, _TOP)], wires["c"], arrow=False)
    board.wire([(_END, _TOP), (9.75, _TOP)], wires["c_after"])
    board.operation((_X["forget"], _TOP), "×")
    board.operation((_X["candidate"], _TOP), "+")
    board.name((0.5, _TOP + 0.42), "$c^-$")
    board.name((9.5, _TOP + 0.42), "$c$")


def _draw_gate_outputs(board: Diagram, wires: Mapping[str, float]) -> None:
    above, product = _GATES + HALF_HEIGHT, 3.85
    middle = _X["candidate"]
    board.wire([(_X["forget"], above), (_X["forget"], _TOP - RADIUS)], wires["forget"])
    board.wire([(_X["input"], above), (_X["input"], product), (middle - RADIUS, product)], wires["input"])
    board.wire([(middle, above), (middle, product - RADIUS)], wires["candidate"])
    board.wire([(middle, product + RADIUS), (middle, _TOP - RADIUS)], wires["written"])
    board.operation((middle, product), "×")
    board.wire([(_X["output"], above), (_X["output"], 3.0), (_END - RADIUS, 3.0)], wires["output"])


def _draw_output(board: Diagram, wires: Mapping[str, float]) -> None:
    board.wire([(_END, _TOP), (_END, 4.15 + WIDE)], wires["read"])
    board.wire([(_END, 4.15 - WIDE), (_END, 3.0 + RADIUS)], wires["squashed"])
    board.wire([(_END, 3.0 - RADIUS), (_END, _BUS), (9.75, _BUS)], wires["h"])
    board.operation((_END, 4.15), "tanh")
    board.operation((_END, 3.0), "×")
    board.name((9.5, _BUS + 0.42), "$h$")


def _draw_gate_inputs(board: Diagram, wires: Mapping[str, float]) -> None:
    """Draw the bus of h⁻ from gate to gate, with a wire up into each, and the wires of x beside them."""
    bus = ("h_before", "h_but_forget", "h_but_input", "h.output")
    start = 0.35
    for wire, x in zip(bus, _X.values(), strict=True):
        board.wire([(start, _BUS), (x + ASIDE, _BUS)], wires[wire], arrow=False)
        start = x + ASIDE
    for gate, x in _X.items():
        board.gate_inputs((x, _GATES), _BUS, recurrent=wires[f"h.{gate}"], given=wires[f"x.{gate}"])
    board.name((0.5, _BUS + 0.42), "$h^-$")


def caption(data: Data, settings: TrainedCells) -> Caption:
    """The caption, with the gradient of the carry path against that of the best gate."""
    return carry_caption(data, CELL, settings)


def notes(data: Data, settings: TrainedCells) -> Notes:
    """What to say about the picture."""
    return carry_notes(data, CELL)


def numbers(data: Data, settings: TrainedCells) -> pd.DataFrame:
    """One row per seed and mean in the diagram."""
    return anatomy_table(data)
