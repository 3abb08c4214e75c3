"""Recurrent layers by the name of their cell."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from gradviz.arguments import check_whole_number
from gradviz.cells.cell_table import layer_constructors
from gradviz.errors import unknown_name

LAYERS = layer_constructors()


def make_layers(cell: str) -> Callable[..., nn.RNNBase]:
    """Constructor of the recurrent module with that cell.

    Raises
    ------
    UnknownName
        For a cell that is not in the table.
    """
    if cell not in LAYERS:
        raise unknown_name("cell", cell, LAYERS)
    return LAYERS[cell]


def projected(cell: str, hidden_size: int, projection: int | None) -> dict[str, int]:
    """Options of the recurrent module for a projection: ``proj_size``, or none.

    Raises
    ------
    ValueError
        If the projection is not below ``hidden_size``, or the cell is not ``"lstm"``.
    """
    if projection is None:
        return {}
    if cell != "lstm":
        raise ValueError(f"projection = {projection!r}: must be None for {cell}: only an lstm has one")
    size = check_whole_number(
        "projection", projection, at_least=1, at_most=hidden_size - 1, hint=", below hidden_size"
    )
    return {"proj_size": size}
