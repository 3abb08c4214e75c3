"""Tables of what a recording holds: dims, variables and attributes, from ``gradviz/vocabulary.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS

_FULL = (v.H, v.C, v.GATES, v.GRAD_H, v.GRAD_C, v.GRAD_GATES, v.LOG10_GRAD_PATH)
_WEIGHTS = (v.SPECTRAL_RADIUS, v.LARGEST_SINGULAR_VALUE)
_GRADIENTS = (*(name for name in v.VARIABLES if name.startswith("log10_grad")), v.CUT, v.UNDERFLOW)
_STATES = (v.STATE_H, v.STATE_C)
_GATES = (v.GATE_MEAN, v.GATE_LEFT, v.GATE_RIGHT, v.UNIT_MEAN, v.UNIT_LEFT, v.UNIT_RIGHT)

GROUPS: dict[str, tuple[str, ...]] = {
    "Gradients": tuple(name for name in _GRADIENTS if name not in _FULL),
    "States and gates": _STATES + _GATES,
    'Every unit, with `detail="full"`': _FULL + _WEIGHTS,
    "Weights and inputs": (v.RECURRENT_WEIGHT_NORM, v.INPUT_NORM, v.INPUT_CHANGE, v.INPUT_SPREAD),
    "Curves of the training": tuple(name for name in v.VARIABLES if name in v.METRICS),
}
"""Which variables stand in one table; the others come last."""


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar in a cell is escaped."""
    names = list(header)
    lines = [names, ["---"] * len(names), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def dimensions() -> str:
    rows = ((f"`{name}`", found.long_name, _LABELS[name]) for name, found in v.DIMENSIONS.items())
    return table(("dim", "what", "labels"), (row for row in rows if row[0] != f"`{v.ITERATION}`"))


_LABELS = {
    v.STEP: "counted from 0 by `tape.step`; length 1 for a single pass",
    v.CALL: "counted from 0; only where a training step has several calls that do not continue each other",
    v.ITERATION: "every training step, recorded or not: of the curves",
    v.LAYER: "0 to the number of layers - 1; always there",
    v.DIRECTION: f"`{v.FORWARD}`, `{v.REVERSE}`; always there",
    v.TIME: "the time step as in the tensor, for both directions",
    v.SAMPLE: "index in the batch",
    v.UNIT: "counted from 0",
    v.GATE: "; ".join(f"{CELLS[name].label}: {', '.join(CELLS[name].gates)}" for name in ("lstm", "gru")),
    v.PATH: "; ".join(f"{CELLS[name].label}: {', '.join(CELLS[name].paths)}" for name in ("lstm", "gru")),
}


def variables() -> str:
    """A table for each group of variables."""
    grouped = {name for names in GROUPS.values() for name in names}
    rest = tuple(name for name in v.VARIABLES if name not in grouped)
    return "\n\n".join(
        f"### {title}\n\n{_table_of(names)}" for title, names in {**GROUPS, "Facts of a call": rest}.items()
    )


def _table_of(names: Iterable[str]) -> str:
    found: Mapping[str, v.Variable] = v.VARIABLES
    rows = (
        (f"`{name}`", found[name].long_name, _unit(found[name].units), ", ".join(found[name].dims))
        for name in names
    )
    return table(("variable", "what", "units", "dims"), rows)


def _unit(units: str) -> str:
    return "" if units == "1" else units


def attributes() -> str:
    return table(("attribute", "what"), ((f"`{name}`", said) for name, said in v.ATTRIBUTES.items()))
