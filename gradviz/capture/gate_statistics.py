"""How open the gates are: means and saturated fractions, per time step and per unit."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.cell_descriptions import SQUASH, CellDescription
from gradviz.cells.workspace import Workspace


def gate_statistics(
    cell: CellDescription, gates: Tensor, valid: Tensor | None, workspace: Workspace
) -> dict[str, Tensor]:
    """Mean and saturated fractions of every gate.

    A sigmoid gate is saturated below .1 and above .9, a tanh below -.9 and above .9; a relu unit at
    exactly 0 counts as left-saturated, and never as right-saturated.

    Parameters
    ----------
    cell : CellDescription
    gates : Tensor, shape (gate, time, sample, unit)
        After the squashing function.
    valid : Tensor of bool, shape (time, sample), or None
        False after the end of a sequence; those values do not count.
    workspace : Workspace

    Returns
    -------
    dict of str to Tensor
        ``gate_*``: (time, gate), averaged over samples and units.  ``unit_*``: (gate, unit), averaged
        over samples and time.  All but the means lie in [0, 1].

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.
    """
    low, high = _thresholds(cell, gates)
    beyond = workspace.like("saturation.beyond", gates)
    found = {}
    found[v.GATE_MEAN], found[v.UNIT_MEAN] = _averages(gates, valid)
    found[v.GATE_LEFT], found[v.UNIT_LEFT] = _averages(torch.le(gates, low, out=beyond), valid)
    found[v.GATE_RIGHT], found[v.UNIT_RIGHT] = _averages(torch.ge(gates, high, out=beyond), valid)
    return found


def _averages(values: Tensor, valid: Tensor | None) -> tuple[Tensor, Tensor]:
    """Averages over samples and units, (time, gate), and over samples and time, (gate, unit)."""
    if valid is None:
        of_samples = values.transpose(0, 1).mean(2)  # (time, gate, unit)
        return of_samples.mean(2), of_samples.mean(0)
    summed = torch.einsum("gtsu,ts->gtu", values, valid.to(values.dtype))
    count = valid.sum(1)
    return (summed.mean(2) / count).T, summed.sum(1) / count.sum()


def _thresholds(cell: CellDescription, gates: Tensor) -> tuple[Tensor, Tensor]:
    """Lower and upper threshold of each gate, (gate, 1, 1, 1)."""

    def column(values: list[float]) -> Tensor:
        return gates.new_tensor(values).view(-1, 1, 1, 1)

    squash = [SQUASH[name] for name in cell.squash.values()]
    return column([one.low for one in squash]), column([one.high for one in squash])
