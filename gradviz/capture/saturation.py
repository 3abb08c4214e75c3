"""How open the gates stand: means and saturated fractions, per time step and per unit."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.cells.workspace import Workspace


def over_samples(cell: str, gates: Tensor, workspace: Workspace) -> dict[str, Tensor]:
    """Mean and saturated fractions of every gate.

    A sigmoid gate is saturated below .1 and above .9, a tanh below -.9 and above .9; a relu unit at
    exactly 0 counts as left-saturated, and never as right-saturated.

    Parameters
    ----------
    cell : str
    gates : Tensor, shape (gate, time, sample, unit)
        After the squashing function.
    workspace : Workspace

    Returns
    -------
    dict of str to Tensor
        ``gate_*``: (time, gate), over samples and units.  ``unit_*``: (gate, unit), over samples and
        time.  All but the means in [0, 1].

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.
    """
    low, high = _thresholds(cell, gates)
    beyond = workspace.take("saturation.beyond", *gates.shape)
    by_time_and_unit = {  # each (gate, time, unit), averaged over samples
        "mean": gates.mean(2),
        "left": torch.le(gates, low, out=beyond).mean(2),
        "right": torch.ge(gates, high, out=beyond).mean(2),
    }
    names = {
        "mean": (v.GATE_MEAN, v.UNIT_MEAN),
        "left": (v.GATE_LEFT, v.UNIT_LEFT),
        "right": (v.GATE_RIGHT, v.UNIT_RIGHT),
    }
    found = {}
    for kind, values in by_time_and_unit.items():
        per_time, per_unit = names[kind]
        found[per_time] = values.mean(2).T
        found[per_unit] = values.mean(1)
    return found


def _thresholds(cell: str, gates: Tensor) -> tuple[Tensor, Tensor]:
    """Lower and upper threshold of each gate, (gate, 1, 1, 1)."""

    def column(values: list[float]) -> Tensor:
        return gates.new_tensor(values).view(-1, 1, 1, 1)

    if cell == "rnn_relu":
        return column([0.0]), column([torch.inf])
    sigmoid = [gate in v.CELLS[cell].sigmoid_gates for gate in v.CELLS[cell].gates]
    return (
        column([v.SIGMOID_LOW if s else v.TANH_LOW for s in sigmoid]),
        column([v.SIGMOID_HIGH if s else v.TANH_HIGH for s in sigmoid]),
    )
