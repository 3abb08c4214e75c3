"""What recording a variable of the vocabulary requires: gates or paths of the cell, full detail."""

from __future__ import annotations

from gradviz.cell_descriptions import CellDescription
from gradviz.vocabulary import (
    GATE,
    LARGEST_SINGULAR_VALUE,
    LOG10_GRAD_PATH,
    OF_A_WHOLE_STEP,
    PATH,
    SAMPLE,
    SPECTRAL_RADIUS,
    UNIT,
    VARIABLES,
)


def missing_from_cell(variable: str, cell: CellDescription) -> str:
    """``"gates"`` or ``"paths"`` if a variable needs them and the cell has none, else an empty string."""
    dims = VARIABLES[variable].dims
    if GATE in dims and not cell.gates:
        return "gates"
    return "paths" if PATH in dims and not cell.paths else ""


def is_of_a_call(variable: str) -> bool:
    """Whether a variable has a value for every call of the module; false for a metric."""
    return variable in VARIABLES and variable not in OF_A_WHOLE_STEP


def holds_every_unit(variable: str) -> bool:
    """Whether a variable has a value for each sample and unit."""
    return {SAMPLE, UNIT} <= set(VARIABLES[variable].dims)


def needs_full_detail(variable: str) -> bool:
    """Whether a variable is recorded with ``detail="full"`` only."""
    return holds_every_unit(variable) or variable in (
        LOG10_GRAD_PATH,
        SPECTRAL_RADIUS,
        LARGEST_SINGULAR_VALUE,
    )
