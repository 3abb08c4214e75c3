"""Recurrent layers by the name of their cell."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

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
