"""Norms of step Jacobians: how much each step of a recurrent layer can stretch its state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.arguments import check_one_of
from gradviz.cells.linear_steps import LinearSteps
from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.spectral_norm import spectral_norm
from gradviz.dynamics.trajectory import run_trajectory
from gradviz.dynamics_vocabulary import FROBENIUS_NORM, SPECTRAL_NORM
from gradviz.vocabulary import FORWARD


def step_jacobian_norms(
    module: nn.Module,
    x: Tensor,
    *,
    layer: int = 0,
    direction: str = FORWARD,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
    norms: Sequence[str] = (FROBENIUS_NORM, SPECTRAL_NORM),
) -> xr.Dataset:
    """Norms of the Jacobian of each step, in bounded memory.

    Parameters
    ----------
    module, x, layer, direction, h0, c0
        As for `step_jacobians`.
    norms : sequence of {"frobenius_norm", "spectral_norm"}
        Which norms to compute; the spectral norm takes a few tens of times as long.

    Returns
    -------
    Dataset, dims (time, sample)
        ``frobenius_norm`` and ``spectral_norm`` (the largest singular value, to rounding), without units.

    Raises
    ------
    CannotWatch, ValueError
        As for `step_jacobians`.
    UnknownName
        If there is no such norm.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> norms = gv.step_jacobian_norms(torch.nn.LSTM(2, 4, batch_first=True), torch.randn(3, 20, 2))
    >>> dict(norms.sizes)
    {'time': 20, 'sample': 3}
    >>> bool((norms.spectral_norm < norms.frobenius_norm).all())
    True
    """
    for name in norms:
        check_one_of("norm", name, _NORMS)
    trajectory = run_trajectory(module, x, layer=layer, direction=direction, h0=h0, c0=c0)
    found: dict[str, list[Tensor]] = {name: [] for name in norms}
    with torch.no_grad():
        for steps in trajectory.linear_steps():
            for name, blocks in found.items():
                blocks.append(_NORMS[name](steps))
    return xr.Dataset(
        {name: labelled(name, trajectory.real_time(torch.cat(blocks))) for name, blocks in found.items()}
    )


def _frobenius(steps: LinearSteps) -> Tensor:
    return torch.linalg.vector_norm(steps.jacobians(), dim=(-2, -1))


def _spectral(steps: LinearSteps) -> Tensor:
    drawn = torch.randn(1, 1, 1, steps.size, generator=torch.Generator().manual_seed(0))
    start = steps.vjp(drawn.to(steps.w_hh))  # a random vector in the range of each transposed matrix
    return spectral_norm(steps.jvp, steps.vjp, start).squeeze(-1)


_NORMS: dict[str, Callable[[LinearSteps], Tensor]] = {FROBENIUS_NORM: _frobenius, SPECTRAL_NORM: _spectral}
