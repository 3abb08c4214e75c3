"""Diagram of the LSTM cell, coloured by a recorded run."""

from __future__ import annotations

from collections.abc import Mapping

from gradviz.gallery.anatomy_run import Anatomy, TrainedCells
from gradviz.gallery.carry_claims import Gated
from gradviz.gallery.cell_diagram import ASIDE, HALF_HEIGHT, RADIUS, WIDE, Diagram
from gradviz.gallery.gated_anatomy import TOP, GatedAnatomy
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
_GATES, _BUS = 2.35, 0.6
_X = {"forget": 1.4, "input": 3.2, "candidate": 5.0, "output": 6.8}
_END = 8.55  # where the cell state branches off to the output
_words = figure_words("lstm_anatomy")
CELL = Gated(_words, carry="c_before")


def _draw(board: Diagram, found: Anatomy) -> None:
    _draw_cell_line(board, found.wires)
    for gate, x in _X.items():
        board.gate((x, _GATES), gate, found.gates[gate], signed=gate == "candidate")
    _draw_gate_outputs(board, found.wires)
    _draw_output(board, found.wires)
    _draw_gate_inputs(board, found.wires)
    kept = _words("kept", mean=found.gates["forget"])
    board.name((_X["forget"] + 0.35, TOP - 0.5), kept, ha="left", size=0.92)


def _draw_cell_line(board: Diagram, wires: Mapping[str, float]) -> None:
    board.wire([(0.3, TOP), (_X["forget"] - RADIUS, TOP)], wires["c_before"])
    board.wire([(_X["forget"] + RADIUS, TOP), (_X["candidate"] - RADIUS, TOP)], wires["kept"])
    board.wire([(_X["candidate"] + RADIUS, TOP), (_END, TOP)], wires["c"], arrow=False)
    board.wire([(_END, TOP), (9.75, TOP)], wires["c_after"])
    board.operation((_X["forget"], TOP), "×")
    board.operation((_X["candidate"], TOP), "+")
    board.name((0.5, TOP + 0.42), "$c^-$")
    board.name((9.5, TOP + 0.42), "$c$")


def _draw_gate_outputs(board: Diagram, wires: Mapping[str, float]) -> None:
    above, product = _GATES + HALF_HEIGHT, 3.85
    middle = _X["candidate"]
    board.wire([(_X["forget"], above), (_X["forget"], TOP - RADIUS)], wires["forget"])
    board.wire([(_X["input"], above), (_X["input"], product), (middle - RADIUS, product)], wires["input"])
    board.wire([(middle, above), (middle, product - RADIUS)], wires["candidate"])
    board.wire([(middle, product + RADIUS), (middle, TOP - RADIUS)], wires["written"])
    board.operation((middle, product), "×")
    board.wire([(_X["output"], above), (_X["output"], 3.0), (_END - RADIUS, 3.0)], wires["output"])


def _draw_output(board: Diagram, wires: Mapping[str, float]) -> None:
    board.wire([(_END, TOP), (_END, 4.15 + WIDE)], wires["read"])
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


_FIGURE = GatedAnatomy(
    "lstm",
    CELL,
    FORMULAS,
    past=r"$\delta c^- = f\, \delta c\;$",
    draw=_draw,
    beside_carry=(0.7, TOP - 0.4),
    beside_gate={gate: (x + 0.62, _BUS + 0.55) for gate, x in _X.items()},
)
experiment, claims, compose = _FIGURE.experiment, _FIGURE.claims, _FIGURE.compose
caption, notes, numbers = _FIGURE.caption, _FIGURE.notes, _FIGURE.numbers
