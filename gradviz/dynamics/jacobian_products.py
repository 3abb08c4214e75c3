"""Products of step Jacobians: how much the gradient can grow or shrink up to the last step."""

from __future__ import annotations

import torch
import xarray as xr
from torch import Tensor, nn

from gradviz.dynamics.labelled import labelled
from gradviz.dynamics.spectral_norm import spectral_norm_of
from gradviz.dynamics.trajectory import run_trajectory
from gradviz.dynamics_vocabulary import LOG10_LARGEST_SINGULAR_VALUE, LOG10_SMALLEST_SINGULAR_VALUE
from gradviz.vocabulary import FORWARD

_LOG10_OF_2 = 0.30102999566398119521


def jacobian_products(
    module: nn.Module,
    x: Tensor,
    *,
    layer: int = 0,
    direction: str = FORWARD,
    h0: Tensor | None = None,
    c0: Tensor | None = None,
) -> xr.Dataset:
    """Largest and smallest singular value of the Jacobian of the last state by the state at each time.

    The product J_T ... J_{t+1} gets one more factor on its right as t decreases.  Its transpose is stored as
    Q R.  R and its inverse are stored in float64 with a power of two as a separate factor, so that nothing
    leaves the float range, for any number of steps.

    Parameters
    ----------
    module, x, layer, direction, h0, c0
        As for `step_jacobians`.

    Returns
    -------
    Dataset, dims (time, sample)
        ``log10_largest_singular_value``, ``log10_smallest_singular_value``, in decades.  0 at the last step
        (in reverse at the first), where the product is the identity.  The smallest is -inf at every time
        whose product contains a Jacobian that is singular to the precision of float64.  The norm of a
        gradient at the last state changes by a factor between the two.

    Raises
    ------
    CannotWatch, ValueError
        As for `step_jacobians`.

    References
    ----------
    Dieci and Van Vleck (1995), "Computation of a few Lyapunov exponents for continuous and discrete dynamical
    systems", for products by QR.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> rnn = gv.initialise(torch.nn.RNN(2, 4, nonlinearity="relu"), "identity", scale=0.1)
    >>> found = gv.jacobian_products(rnn, torch.zeros(6, 1, 2), h0=torch.ones(1, 1, 4))
    >>> found.log10_largest_singular_value.values[:, 0].round(1)
    array([-5., -4., -3., -2., -1.,  0.])
    """
    trajectory = run_trajectory(module, x, layer=layer, direction=direction, h0=h0, c0=c0)
    with torch.no_grad():
        product = JacobianProduct(trajectory.samples, trajectory.size, device=trajectory.sequences.x.device)
        found = [product.log10_extremes()]
        for steps in trajectory.linear_steps(dtype=torch.float64, backward=True):
            for jacobian in steps.jacobians().unbind(0)[::-1]:
                product.right_multiply(jacobian)
                found.append(product.log10_extremes())
    # the first Jacobian is by the initial state, which belongs to no time step
    extremes = torch.stack(found[-2::-1] if len(found) > 1 else found)  # (time, 2, sample)
    names = (LOG10_LARGEST_SINGULAR_VALUE, LOG10_SMALLEST_SINGULAR_VALUE)
    return xr.Dataset(
        {
            name: labelled(name, trajectory.real_time(values))
            for name, values in zip(names, extremes.unbind(1), strict=True)
        }
    )


class JacobianProduct:
    """A product of matrices P, stored as its transpose Q R, whose values may exceed the float range.

    Parameters
    ----------
    samples : int
        Number of products.
    size : int
        Number of rows of each matrix.
    device : torch.device, optional
    """

    def __init__(self, samples: int, size: int, *, device: torch.device | None = None):
        identity = torch.eye(size, dtype=torch.float64, device=device).expand(samples, size, size)
        self._q = identity
        self._r, self._r_exponent = identity, torch.zeros(samples, dtype=torch.float64, device=device)
        self._inverse, self._inverse_exponent = self._r, self._r_exponent  # of R
        self._singular = torch.zeros(samples, dtype=torch.bool, device=device)

    def right_multiply(self, jacobian: Tensor) -> None:
        """Replace P by P J, for J (sample, size, size), float64."""
        self._q, r = torch.linalg.qr(jacobian.mT @ self._q)
        self._r, shift = _rescaled(r @ self._r)
        self._r_exponent = self._r_exponent + shift
        diagonal = torch.diagonal(r, dim1=-2, dim2=-1).abs().amin(-1)
        rounding = r.shape[-1] * torch.finfo(r.dtype).eps * torch.linalg.matrix_norm(r)
        self._singular = self._singular | (diagonal <= rounding)
        identity = torch.eye(r.shape[-1], dtype=r.dtype, device=r.device)
        invertible = torch.where(self._singular[:, None, None], identity, r)
        inverse = torch.linalg.solve_triangular(invertible, self._inverse, upper=True, left=False)
        self._inverse, shift = _rescaled(inverse)
        self._inverse_exponent = self._inverse_exponent + shift

    def log10_extremes(self) -> Tensor:
        """Log10 of the largest and the smallest singular value of P, (2, sample)."""
        norms = spectral_norm_of(torch.stack([self._r, self._inverse])).log10()
        exponents = torch.stack([self._r_exponent, self._inverse_exponent])
        largest, of_inverse = norms + exponents * _LOG10_OF_2
        return torch.stack([largest, (-of_inverse).masked_fill(self._singular, -torch.inf)])


def _rescaled(matrices: Tensor) -> tuple[Tensor, Tensor]:
    """Matrices divided by powers of two so that their largest elements are near 1, and the exponents."""
    _, exponent = torch.frexp(matrices.abs().amax((-2, -1)))
    return torch.ldexp(matrices, -exponent[:, None, None]), exponent.double()
