"""The largest singular value of many matrices at once, from products with vectors only."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]

_MAX_DIRECT_SIZE = 32  # up to this size a decomposition is faster
_FIRST_CHECK = 8
_MAX_STEPS = 2000


def spectral_norm(jvp: Product, vjp: Product, start: Tensor) -> Tensor:
    """Largest singular value of each matrix, by Golub-Kahan-Lanczos bidiagonalisation.

    Vectors are not orthogonalised against all earlier ones; this produces copies of singular values, which
    do not affect the largest.  A few tens of steps are usual.  The iteration stops when the residual of every
    largest singular pair is at most √ε times the value, where ε is the precision; the relative error is then
    of the order of ε.

    Parameters
    ----------
    jvp, vjp : callable ``Tensor (..., n) -> Tensor (..., n)``
        Products with each matrix and with its transpose.
    start : Tensor, shape (..., n)
        A random vector for each matrix; it must not be orthogonal to the first singular vector.

    Returns
    -------
    Tensor, shape (...)

    Raises
    ------
    ArithmeticError
        If it does not converge in 2000 steps, or a value is not finite.

    References
    ----------
    Golub and Kahan (1965), "Calculating the singular values and pseudo-inverse of a matrix".
    """
    tolerance = torch.finfo(start.dtype).eps ** 0.5
    v, _ = _normalised(start, start)
    u, beta = torch.zeros_like(v), start.new_zeros(start.shape[:-1])
    alphas, betas = [], []
    check = _FIRST_CHECK
    for k in range(1, _MAX_STEPS + 1):
        image = jvp(v)
        u, alpha = _normalised(image - beta.unsqueeze(-1) * u, image)
        image = vjp(u)
        v, beta = _normalised(image - alpha.unsqueeze(-1) * v, image)
        alphas.append(alpha)
        betas.append(beta)
        if k == check or not beta.any():
            largest, residual = _largest(torch.stack(alphas, -1), torch.stack(betas, -1))
            if bool((residual <= tolerance * largest).all()):
                return largest
            check += check // 2
    raise ArithmeticError(
        f"the largest singular value did not converge to {tolerance:.1g} in {_MAX_STEPS} steps"
    )


def spectral_norm_of(matrices: Tensor) -> Tensor:
    """Largest singular value of each matrix, (...), from (..., n, n); by decomposition if they are small."""
    size = matrices.shape[-1]
    if size <= _MAX_DIRECT_SIZE:
        return torch.linalg.matrix_norm(matrices, ord=2)

    def jvp(v: Tensor) -> Tensor:
        return (matrices @ v.unsqueeze(-1)).squeeze(-1)

    def vjp(v: Tensor) -> Tensor:
        return (matrices.mT @ v.unsqueeze(-1)).squeeze(-1)

    start = torch.randn(size, generator=torch.Generator().manual_seed(0), dtype=matrices.dtype)
    return spectral_norm(jvp, vjp, start.to(matrices.device).expand(matrices.shape[:-1]))


def _largest(alphas: Tensor, betas: Tensor) -> tuple[Tensor, Tensor]:
    """Largest singular value of each upper bidiagonal matrix, and residual of its pair; from (..., step)."""
    bidiagonal = torch.diag_embed(alphas) + torch.diag_embed(betas[..., :-1], offset=1)
    left, values, _ = torch.linalg.svd(bidiagonal)
    return values[..., 0], betas[..., -1] * left[..., -1, 0].abs()


def _normalised(vector: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vector and length of the vector; zeros where the length is rounding of the image."""
    length = torch.linalg.vector_norm(vector, dim=-1)
    rounding = 4 * torch.finfo(vector.dtype).eps * torch.linalg.vector_norm(image, dim=-1)
    length = length.masked_fill(length <= rounding, 0.0)
    return vector / length.masked_fill(length == 0, torch.inf).unsqueeze(-1), length
