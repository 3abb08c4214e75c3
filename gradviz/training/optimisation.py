"""The settings of a training, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from gradviz.arguments import check_finite, check_one_of, check_whole_number
from gradviz.training.optimizers import SGD, TAKES, Adam, AdamW, RMSprop

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": Adam,
    "adamw": AdamW,
    "rmsprop": RMSprop,
    "sgd": SGD,
}


@dataclass(frozen=True)
class Optimisation:
    """Settings of a training.

    Parameters
    ----------
    steps, batch_size : int
        Number of training steps, and of sequences in each batch.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"}
    learning_rate : float
    clip_norm : float or None
        Largest 2-norm of the gradient of all parameters; None for no clipping.
    clip_value : float or None
        Largest magnitude of any element of the gradient; not together with ``clip_norm``.
    stop_at : float or None
        Training ends after the first step whose batch reaches this value of the task's metric.
    seed : int
        Seed of the batches; the batch of step k depends only on the seed and k.

    Raises
    ------
    ValueError, UnknownName
        If a value is not valid.

    Examples
    --------
    >>> from gradviz.training.optimisation import Optimisation
    >>> Optimisation(steps=100, learning_rate=1e-2, clip_norm=1.0).optimizer
    'adam'
    """

    steps: int
    batch_size: int = 50
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    clip_norm: float | None = None
    clip_value: float | None = None
    stop_at: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_whole_number("steps", self.steps, at_least=1)
        check_whole_number("batch_size", self.batch_size, at_least=1)
        check_one_of("optimizer", self.optimizer, OPTIMIZERS)
        check_finite("learning_rate", self.learning_rate, above=0)
        for name, limit in (("clip_norm", self.clip_norm), ("clip_value", self.clip_value)):
            if limit is not None:
                check_finite(name, limit, above=0)
        if self.clip_norm is not None and self.clip_value is not None:
            raise ValueError(f"clip_value = {self.clip_value!r}: must be left out if clip_norm is given")
        if self.stop_at is not None:
            check_finite("stop_at", self.stop_at)
        check_whole_number("seed", self.seed, at_least=0)
