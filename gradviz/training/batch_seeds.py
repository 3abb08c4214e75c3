"""Random generators of batches: one for every training step, and others for the validation."""

from __future__ import annotations

import torch


def batch_generator(seed: int, step: int) -> torch.Generator:
    """Random generator for the batch of one step; it does not depend on other steps.

    Parameters
    ----------
    seed, step : int

    Returns
    -------
    torch.Generator

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.loop import batch_generator
    >>> draws = [torch.rand(3, generator=batch_generator(0, step)) for step in (5, 5, 6)]
    >>> torch.equal(draws[0], draws[1]), torch.equal(draws[0], draws[2])
    (True, False)
    """
    return _generator(seed, stream=0, number=step)


def validation_generator(seed: int, number: int) -> torch.Generator:
    """Random generator for one batch of the validation; no training step has the same.

    Parameters
    ----------
    seed : int
    number : int
        Number of the batch in its evaluation: every evaluation has the same batches.

    Returns
    -------
    torch.Generator

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.batch_seeds import batch_generator, validation_generator
    >>> draws = [torch.rand(3, generator=one(0, 5)) for one in (validation_generator, batch_generator)]
    >>> torch.equal(*draws)
    False
    """
    return _generator(seed, stream=1, number=number)


def _generator(seed: int, *, stream: int, number: int) -> torch.Generator:
    """The streams of one seed begin at random places, far apart among the 2⁶³ seeds of torch."""
    mixed = torch.Generator().manual_seed(seed)
    base = [int(torch.randint(2**62, (), generator=mixed)) for _ in range(stream + 1)][-1]
    return torch.Generator().manual_seed((base + number) % 2**63)
