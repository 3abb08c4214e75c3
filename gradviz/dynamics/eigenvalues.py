"""Eigenvalues and non-normality of recurrent weights, and the transient growth of their powers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.cells.cell_table import spec_of_module
from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.module_checks import select_recurrent
from gradviz.dynamics.transient_growth import transient_growth
from gradviz.dynamics_vocabulary import (
    EIGENVALUE_IMAG,
    EIGENVALUE_REAL,
    HENRICI_DEPARTURE,
    TRANSIENT_GROWTH_BOUND,
    TRANSIENT_GROWTH_POWER,
)
from gradviz.vocabulary import (
    DIRECTION,
    FORWARD,
    GATE,
    LARGEST_SINGULAR_VALUE,
    REVERSE,
    SPECTRAL_RADIUS,
)


def hidden_eigenvalues(module: nn.Module) -> xr.Dataset:
    """Spectrum and non-normality of the recurrent weight U, for the block of each gate.

    Parameters
    ----------
    module : nn.RNN, nn.LSTM, nn.GRU, or a model with exactly one of them
        With ``proj_size`` a block is ``U W_hr``, which maps the hidden state before the projection to the
        pre-activations of the next step.

    Returns
    -------
    Dataset, dims (layer, direction, gate) and (layer, direction, gate, eigenvalue)
        ``eigenvalue_real``, ``eigenvalue_imag``: eigenvalues, the largest modulus first.
        ``spectral_radius``: the largest modulus.  ``largest_singular_value``: largest factor by which U can
        stretch a vector.  ``henrici_departure``: √(‖U‖_F² - Σ|λ|²), exactly 0 if U is normal; values below
        1e-7 ‖U‖_F are rounding.  ``transient_growth_bound``: the largest ‖U^n‖ over all n ≥ 0; 1 if no power
        grows, +inf if the powers grow without bound.  ``transient_growth_power``: the n of that maximum, NaN
        if there is none.  Both are NaN where `transient_growth` cannot decide.  All are float64, without
        units.

    Raises
    ------
    CannotWatch
        If there is no recurrent module, or there are several.
    ValueError
        If a weight is not finite.

    References
    ----------
    Henrici (1962), "Bounds for iterates, inverses, spectral variation and fields of values of non-normal
    matrices"; Trefethen and Embree (2005), "Spectra and pseudospectra", chapters 14 and 48.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> lstm = gv.initialise(torch.nn.LSTM(2, 4), "orthogonal", gain=0.9)
    >>> found = gv.hidden_eigenvalues(lstm)
    >>> dict(found.eigenvalue_real.sizes)
    {'layer': 1, 'direction': 1, 'gate': 4, 'eigenvalue': 4}
    >>> found.spectral_radius.sel(gate="forget").values.round(2)
    array([[0.9]])
    """
    recurrent = select_recurrent(module)
    gates = spec_of_module(recurrent).description.gates
    directions = (FORWARD, REVERSE)[: 2 if recurrent.bidirectional else 1]
    with torch.no_grad():
        blocks = torch.stack([_blocks(recurrent, names, len(gates)) for names in recurrent.all_weights])
        blocks = blocks.unflatten(0, (recurrent.num_layers, len(directions)))
        _check_finite(blocks)
        found = _measured(blocks)
    labels = {DIRECTION: directions, GATE: gates}
    return xr.Dataset({name: labelled(name, values, labels) for name, values in found.items()})


def _blocks(module: nn.RNNBase, weights: Sequence[Tensor], gates: int) -> Tensor:
    """Blocks (gate, hidden, hidden) of one layer and direction, float64."""
    w_hh = weights[1].double()
    if module.proj_size:
        w_hh = w_hh @ weights[-1].double()
    return w_hh.unflatten(0, (gates, -1))


def _check_finite(blocks: Tensor) -> None:
    if not torch.isfinite(blocks).all():
        raise ValueError("the recurrent weight has values that are not finite, so it has no eigenvalues")


def _measured(blocks: Tensor) -> dict[str, Tensor]:
    """Variables of the result; blocks are (layer, direction, gate, hidden, hidden)."""
    eigenvalues = torch.linalg.eigvals(blocks)
    order = eigenvalues.abs().argsort(dim=-1, descending=True, stable=True)
    eigenvalues = eigenvalues.gather(-1, order)
    square = blocks.square().sum((-2, -1)) - eigenvalues.abs().square().sum(-1)
    growth, power = transient_growth(blocks, spectral_radius=eigenvalues[..., 0].abs())
    return {
        EIGENVALUE_REAL: eigenvalues.real,
        EIGENVALUE_IMAG: eigenvalues.imag,
        SPECTRAL_RADIUS: eigenvalues[..., 0].abs(),
        LARGEST_SINGULAR_VALUE: torch.linalg.matrix_norm(blocks, ord=2),
        HENRICI_DEPARTURE: square.clamp(min=0).sqrt(),
        TRANSIENT_GROWTH_BOUND: growth,
        TRANSIENT_GROWTH_POWER: power,
    }
