"""Diagram of the GRU cell, coloured by a recorded run."""

from __future__ import annotations

from collections.abc import Mapping

from gradviz.gallery.anatomy_run import Anatomy, TrainedCells
from gradviz.gallery.carry_claims import Gated
from gradviz.gallery.cell_diagram import ASIDE, HALF_HEIGHT, RADIUS, WIDE, Diagram
from gradviz.gallery.gated_anatomy import TOP, GatedAnatomy
from gradviz.gallery.words import figure_words

Settings = TrainedCells
FORMULAS = (
    ("reset", r"$r = \sigma(W_r x + U_r h^- + b_r)$"),
    ("update", r"$z = \sigma(W_z x + U_z h^- + b_z)$"),
    ("candidate", r"$u = U_n h^- + b_{hn}$"),
    ("candidate", r"$n = \tanh(W_n x + b_{in} + r\, u)$"),
    ("", r"$h = z\, h^- + (1 - z)\, n$"),
)
_GATES, _BUS, _SPLIT = 2.35, 0.6, 3.85
_UPDATE, _RESET, _MATRIX, _PRODUCT, _CANDIDATE = 2.0, 4.0, 5.05, 6.0, 8.0
_BRANCH = 0.75
_BESIDE = {  # beside the wire of h⁻ into each
    "update": (_UPDATE + 0.62, _BUS + 0.55),
    "reset": (_RESET + 0.62, _BUS + 0.55),
    "candidate": (_MATRIX - 0.5, _BUS - 0.35),
}
_words = figure_words("gru_anatomy")
CELL = Gated(_words, carry="past")


def _draw(board: Diagram, found: Anatomy) -> None:
    _draw_state_line(board, found.wires)
    _draw_gate_inputs(board, found.wires)
    for gate, x in (("update", _UPDATE), ("reset", _RESET), ("candidate", _CANDIDATE)):
        board.gate((x, _GATES), gate, found.gates[gate], signed=gate == "candidate")
    _draw_update(board, found.wires)
    _draw_candidate(board, found.wires)
    kept = _words("kept", mean=found.gates["update"])
    board.name((_UPDATE + 0.35, TOP - 0.5), kept, ha="left", size=0.92)


def _draw_state_line(board: Diagram, wires: Mapping[str, float]) -> None:
    board.wire([(0.25, TOP), (_BRANCH, TOP)], wires["h_before"], arrow=False)
    board.wire([(_BRANCH, TOP), (_UPDATE - RADIUS, TOP)], wires["past"])
    board.wire([(_UPDATE + RADIUS, TOP), (_CANDIDATE - RADIUS, TOP)], wires["kept"])
    board.wire([(_CANDIDATE + RADIUS, TOP), (9.75, TOP)], wires["h"])
    board.operation((_UPDATE, TOP), "×")
    board.operation((_CANDIDATE, TOP), "+")
    board.name((0.5, TOP + 0.45), "$h^-$")
    board.name((9.5, TOP + 0.45), "$h$")


def _draw_gate_inputs(board: Diagram, wires: Mapping[str, float]) -> None:
    """Draw the bus of h⁻ to the gates and to the candidate's matrix U, and the wires of x."""
    update, reset = _UPDATE + ASIDE, _RESET + ASIDE
    board.wire([(_BRANCH, TOP), (_BRANCH, _BUS), (update, _BUS)], wires["into_gates"], arrow=False)
    board.wire([(update, _BUS), (reset, _BUS)], wires["h_but_update"], arrow=False)
    board.wire([(reset, _BUS), (_MATRIX - RADIUS, _BUS)], wires["h.candidate"])
    for gate, x in (("update", _UPDATE), ("reset", _RESET)):
        board.gate_inputs((x, _GATES), _BUS, recurrent=wires[f"h.{gate}"], given=wires[f"x.{gate}"])
    board.operation((_MATRIX, _BUS), "U")


def _draw_update(board: Diagram, wires: Mapping[str, float]) -> None:
    """Draw the update gate's wire, which keeps the old state and, as 1 - z, writes the new one."""
    board.wire([(_UPDATE, _GATES + HALF_HEIGHT), (_UPDATE, _SPLIT)], wires["update"], arrow=False)
    board.wire([(_UPDATE, _SPLIT), (_UPDATE, TOP - RADIUS)], wires["update.keeps"])
    board.wire([(_UPDATE, _SPLIT), (_PRODUCT - WIDE, _SPLIT)], wires["update.writes"])
    board.wire([(_PRODUCT + WIDE, _SPLIT), (_CANDIDATE - RADIUS, _SPLIT)], wires["one_minus_update"])
    board.operation((_PRODUCT, _SPLIT), "1 − z")


def _draw_candidate(board: Diagram, wires: Mapping[str, float]) -> None:
    """Draw what goes into the candidate, reset or not, and what comes out of it."""
    above, shoulder = _GATES + HALF_HEIGHT, 3.2
    board.wire([(_MATRIX + RADIUS, _BUS), (_PRODUCT - RADIUS, _BUS)], wires["u"])
    board.wire(
        [(_RESET, above), (_RESET, shoulder), (_PRODUCT, shoulder), (_PRODUCT, _BUS + RADIUS)], wires["reset"]
    )
    board.gate_inputs((_CANDIDATE, _GATES), _BUS, recurrent=wires["reset_u"], given=wires["x.candidate"])
    board.wire([(_PRODUCT + RADIUS, _BUS), (_CANDIDATE + ASIDE, _BUS)], wires["reset_u"], arrow=False)
    board.wire([(_CANDIDATE, above), (_CANDIDATE, _SPLIT - RADIUS)], wires["candidate"])
    board.wire([(_CANDIDATE, _SPLIT + RADIUS), (_CANDIDATE, TOP - RADIUS)], wires["written"])
    board.operation((_PRODUCT, _BUS), "×")
    board.operation((_CANDIDATE, _SPLIT), "×")


_FIGURE = GatedAnatomy(
    "gru",
    CELL,
    FORMULAS,
    past=r"$\delta h^- = z\, \delta h\;$",
    draw=_draw,
    beside_carry=(1.25, TOP - 0.38),
    beside_gate=_BESIDE,
)
experiment, claims, compose = _FIGURE.experiment, _FIGURE.claims, _FIGURE.compose
caption, notes, numbers = _FIGURE.caption, _FIGURE.notes, _FIGURE.numbers
