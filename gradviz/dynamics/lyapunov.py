"""Lyapunov exponents: the long-term rates at which small differences of the state grow or decay."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.arguments import check_whole_number
from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.trajectory import run_trajectory
from gradviz.dynamics_vocabulary import EXPONENT, LYAPUNOV_EXPONENT, STANDARD_ERROR
from gradviz.vocabulary import CELL, FORWARD

_MIN_STEPS_FOR_BATCHES = 4


def lyapunov_spectrum(
    module: nn.Module,
    x: Tensor,
    *,
    k: int | None = None,
    warmup: int = 0,
    layer: int = 0,
    direction: str = FORWARD,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
) -> xr.DataArray:
    """Lyapunov exponents of a recurrent layer driven by an input, the largest first.

    The step Jacobians are applied to orthonormal vectors, which are made orthonormal again after each step
    by QR, in float64.  An exponent is the mean of ln|R_ii|.

    Parameters
    ----------
    module, x
        As for `step_jacobians`; the state of an LSTM is (h, c).
    k : int, optional
        Number of exponents, the largest ones; by default one for each element of the state.
    warmup : int
        Number of steps that align the vectors before the mean starts.
    layer, direction, h0, c0
        As for `step_jacobians`.

    Returns
    -------
    DataArray, dims (exponent,)
        ``lyapunov_exponent``, means over time and sequences, in nats per time step; -inf where the Jacobian
        is singular to the precision of float64.  The coordinate ``standard_error``, in the same units, is
        computed from the spread over sequences.  For a single sequence it is computed from batches of
        consecutive steps (√steps of them), and is NaN if there are too few steps.  The attribute
        ``standard_error_over`` says which of the two; the attribute ``cell`` is the kind of cell.

    Raises
    ------
    CannotWatch
        As for `step_jacobians`.
    ValueError
        As for `step_jacobians`, and if `k` or `warmup` is out of range.

    References
    ----------
    Benettin, Galgani, Giorgilli and Strelcyn (1980), "Lyapunov characteristic exponents for smooth dynamical
    systems and for Hamiltonian systems"; Engelken, Wolf and Abbott (2023), "Lyapunov spectra of chaotic
    recurrent neural networks".

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> rnn = gv.initialise(torch.nn.RNN(2, 4, nonlinearity="relu"), "identity", scale=0.5)
    >>> spectrum = gv.lyapunov_spectrum(rnn, torch.zeros(50, 1, 2), k=2, h0=torch.ones(1, 1, 4))
    >>> spectrum.values.round(2)
    array([-0.69, -0.69])
    """
    trajectory = run_trajectory(module, x, layer=layer, direction=direction, h0=h0, c0=c0)
    count = _check_count(k, trajectory.size)
    _check_warmup(warmup, trajectory.steps)
    blocks = (steps.jacobians() for steps in trajectory.linear_steps(dtype=torch.float64))
    with torch.no_grad():
        return _exponents(growth(blocks, count), warmup).assign_attrs({CELL: trajectory.spec.name})


def lyapunov_exponents(
    jacobians: Tensor | np.ndarray | xr.DataArray, *, k: int | None = None, warmup: int = 0
) -> xr.DataArray:
    """Lyapunov exponents of a sequence of Jacobians, the largest first.

    Parameters
    ----------
    jacobians : array, shape (time, n, n), or (time, sample, n, n)
        In the order in which they are applied, as `step_jacobians` returns them for the forward direction.
    k, warmup : int
        As for `lyapunov_spectrum`.

    Returns
    -------
    DataArray, dims (exponent,)
        As for `lyapunov_spectrum`, without the attribute ``cell``.

    Raises
    ------
    ValueError
        If the shape is wrong, a value is not finite, or `k` or `warmup` is out of range.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> jacobians = torch.diag(torch.tensor([2.0, 0.5])).expand(100, 2, 2)
    >>> gv.lyapunov_exponents(jacobians).values.round(2)
    array([ 0.69, -0.69])
    """
    raw = jacobians.values if isinstance(jacobians, xr.DataArray) else jacobians
    matrices = raw.detach().double() if isinstance(raw, Tensor) else torch.tensor(raw, dtype=torch.float64)
    if matrices.dim() == 3:
        matrices = matrices.unsqueeze(1)
    if matrices.dim() != 4 or matrices.shape[-1] != matrices.shape[-2] or not matrices.numel():
        raise ValueError(
            f"jacobians have shape {tuple(raw.shape)}: "
            "must be (time, n, n) or (time, sample, n, n), not empty"
        )
    if not torch.isfinite(matrices).all():
        raise ValueError("jacobians have values that are not finite")
    count = _check_count(k, matrices.shape[-1])
    _check_warmup(warmup, len(matrices))
    return _exponents(growth([matrices], count), warmup)


def growth(blocks: Iterable[Tensor], count: int) -> Tensor:
    """ln|R_ii| of each step, (time, sample, exponent), from blocks of Jacobians (time, sample, n, n)."""
    frame: Tensor | None = None
    found = []
    for block in blocks:
        frame = _first_frame(block, count) if frame is None else frame
        for jacobian in block.unbind(0):
            image = jacobian @ frame
            frame, r = torch.linalg.qr(image)
            factors = torch.diagonal(r, dim1=-2, dim2=-1).abs()
            rounding = r.shape[-1] * torch.finfo(r.dtype).eps * torch.linalg.matrix_norm(image)
            found.append(factors.masked_fill(factors <= rounding.unsqueeze(-1), 0.0).log())
    return torch.stack(found)


def _first_frame(block: Tensor, count: int) -> Tensor:
    """Orthonormal columns, (sample, n, count): the axes if count is n, else random ones."""
    samples, size = block.shape[1], block.shape[-1]
    if count == size:
        start = torch.eye(size, dtype=block.dtype)
    else:
        drawn = torch.randn(size, count, generator=torch.Generator().manual_seed(0), dtype=block.dtype)
        start = torch.linalg.qr(drawn)[0]
    return start.to(block.device).expand(samples, size, count)


def _exponents(logarithms: Tensor, warmup: int) -> xr.DataArray:
    """Sorted exponents with their standard errors, from logarithms (time, sample, exponent)."""
    logarithms = logarithms[warmup:]
    mean = logarithms.mean((0, 1))
    order = mean.argsort(descending=True)
    means, over = _independent_means(logarithms)
    error = means.std(0) / len(means) ** 0.5 if len(means) > 1 else torch.full_like(mean, torch.nan)
    error = error.masked_fill(~torch.isfinite(mean), torch.nan)
    found = labelled(LYAPUNOV_EXPONENT, mean[order])
    errors = labelled(STANDARD_ERROR, error[order])
    coordinate = (EXPONENT, errors.values, {**errors.attrs, f"{STANDARD_ERROR}_over": over})
    return found.assign_coords({STANDARD_ERROR: coordinate}).assign_attrs({f"{STANDARD_ERROR}_over": over})


def _independent_means(logarithms: Tensor) -> tuple[Tensor, str]:
    """Means that are treated as independent, (mean, exponent), and a description of what they average."""
    steps, samples = logarithms.shape[:2]
    if samples > 1:
        return logarithms.mean(0), f"{samples} sequences"
    if steps < _MIN_STEPS_FOR_BATCHES:
        return logarithms[:0, 0], "too few steps"
    count = int(steps**0.5)
    length = steps // count
    batches = logarithms[steps - count * length :, 0].unflatten(0, (count, length))
    return batches.mean(1), f"{count} batches of {length} steps"


def _check_count(k: int | None, size: int) -> int:
    if k is None:
        return size
    return check_whole_number("k", k, at_least=1, at_most=size, hint=", the size of the state")


def _check_warmup(warmup: int, steps: int) -> int:
    hint = f", as there are {steps} steps"
    return check_whole_number("warmup", warmup, at_least=0, at_most=steps - 1, hint=hint)
