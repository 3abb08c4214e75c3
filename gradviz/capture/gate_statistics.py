"""How open the gates are: means and saturated fractions, per time step and per unit."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.cell_descriptions import SQUASH, CellDescription
from gradviz.cells.launch_bound import values_at_once


def gate_statistics(cell: CellDescription, gates: Tensor, valid: Tensor | None) -> dict[str, Tensor]:
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

    Returns
    -------
    dict of str to Tensor
        ``gate_*``: (time, gate), averaged over samples and units.  ``unit_*``: (gate, unit), averaged
        over samples and time.  All but the means lie in [0, 1]; where a mean is NaN, so are the fractions.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.
    """
    low, high = _thresholds(cell, gates)
    names = ((v.GATE_MEAN, v.UNIT_MEAN), (v.GATE_LEFT, v.UNIT_LEFT), (v.GATE_RIGHT, v.UNIT_RIGHT))
    found = {}
    if valid is None:
        of_samples = _over_samples(gates.transpose(0, 1), low, high)
        for (of_gate, of_unit), mean in zip(names, of_samples, strict=True):
            found[of_gate], found[of_unit] = mean.mean(2), mean.mean(0)
        return found
    padded = gates, gates <= low.unsqueeze(1), gates >= high.unsqueeze(1)
    for (of_gate, of_unit), values in zip(names, padded, strict=True):
        found[of_gate], found[of_unit] = _over_valid(values.to(gates.dtype), valid)
        found[of_gate].masked_fill_(found[v.GATE_MEAN].isnan(), math.nan)
        found[of_unit].masked_fill_(found[v.UNIT_MEAN].isnan(), math.nan)
    return found


def _over_samples(gates: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Means over samples of the gates, of what is below and of what is above: (3, time, gate, unit).

    A few time steps at once, so that what is compared is still in the processor's cache when it is summed.
    ``gates``: (time, gate, sample, unit).
    """
    steps, of_step, samples = len(gates), max(1, gates[0].numel()), gates.shape[2]
    at_once = min(steps, max(1, values_at_once(gates.device) // of_step))
    found = gates.new_empty(3, steps, gates.shape[1], gates.shape[3])
    room, ones = torch.empty_like(gates[:at_once]), gates.new_ones(samples)
    for begin in range(0, steps, at_once):
        here = gates[begin : begin + at_once]
        sums, beyond = found[:, begin : begin + at_once], room[: len(here)]
        _sum(here, ones, out=sums[0])
        _sum(torch.le(here, low, out=beyond), ones, out=sums[1])
        _sum(torch.ge(here, high, out=beyond), ones, out=sums[2])
    found[1:].masked_fill_(found[0].isnan(), math.nan)  # what is not a number is at neither end, nor within
    return found.div_(samples)


def _sum(values: Tensor, ones: Tensor, *, out: Tensor) -> None:
    """Sums over the samples of (time, gate, sample, unit); ``out`` is contiguous.

    A product with ones takes half the time of a sum where the samples are innermost in memory.
    """
    by_sample = values.transpose(2, 3)
    if by_sample.is_contiguous():
        torch.mv(by_sample.view(-1, len(ones)), ones, out=out.view(-1))
    else:
        torch.sum(values, 2, out=out)


def _over_valid(values: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Averages over samples and units, (time, gate), and over samples and time, (gate, unit)."""
    summed = torch.einsum("gtsu,ts->gtu", values, valid.to(values.dtype))
    count = valid.sum(1)
    return (summed.mean(2) / count).T, summed.sum(1) / count.sum()


def _thresholds(cell: CellDescription, gates: Tensor) -> tuple[Tensor, Tensor]:
    """Lower and upper threshold of each gate, (gate, 1, 1)."""

    def column(values: list[float]) -> Tensor:
        return gates.new_tensor(values).view(-1, 1, 1)

    squash = [SQUASH[name] for name in cell.squash.values()]
    return column([one.low for one in squash]), column([one.high for one in squash])
