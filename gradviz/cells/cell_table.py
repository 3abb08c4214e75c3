"""The table of cells by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.gru import GRU
from gradviz.cells.lstm import LSTM
from gradviz.cells.rnn import RNN_RELU, RNN_TANH

CELL_SPECS: dict[str, CellSpec] = {spec.name: spec for spec in (RNN_TANH, RNN_RELU, LSTM, GRU)}


def spec_of_step(function: Callable[..., Any]) -> CellSpec | None:
    """The cell whose single step ``function`` computes, if there is one."""
    return next((spec for spec in CELL_SPECS.values() if spec.step_function is function), None)


def spec_of_layer(function: Callable[..., Any]) -> CellSpec | None:
    """The cell whose whole sequence ``function`` computes, if there is one."""
    return next((spec for spec in CELL_SPECS.values() if spec.layer_function is function), None)


def cell_functions() -> frozenset[Callable[..., Any]]:
    """Every function that a recurrent module may call, for a step or for a sequence."""
    functions = {spec.step_function for spec in CELL_SPECS.values()}
    return frozenset(functions | {spec.layer_function for spec in CELL_SPECS.values() if spec.layer_function})


def spec_of_module(module: nn.RNNBase) -> CellSpec:
    """The cell of a layer, by the layer's mode."""
    return next(spec for spec in CELL_SPECS.values() if spec.mode == module.mode)


def layer_constructors() -> dict[str, Callable[..., nn.RNNBase]]:
    """The constructor of the layer of each cell, by cell name."""
    return {name: spec.layer for name, spec in CELL_SPECS.items() if spec.layer is not None}
