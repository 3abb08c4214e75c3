"""The settings of a training, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from gradviz.arguments import check_bool, check_finite, check_one_of, check_whole_number
from gradviz.training.learning_rate_schedule import Schedule
from gradviz.training.optimizer_options import optimizer_option_mistakes
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
    optimizer : {"adam", "adamw", "rmsprop", "sgd"} or callable
        Or a function that takes the parameters, ``lr``, and those of the next three settings that are given,
        by name, and returns a ``torch.optim.Optimizer``.
    learning_rate : float
    momentum : float
        In [0, 1); for "sgd" and "rmsprop".
    nesterov : bool
        Nesterov's momentum; for "sgd" with a momentum.
    weight_decay : float or None
        None is torch's default: 0.01 for "adamw", 0 for the others.
    schedule : Schedule or None
        How the learning rate changes; None for no change.
    clip_norm : float or None
        Largest 2-norm of the gradient of all parameters; None for no clipping.
    clip_value : float or None
        Largest magnitude of any element of the gradient; not together with ``clip_norm``.
    stop_at : float or None
        Training ends after the first step whose batch reaches this value of the task's metric; with a
        validation, after the first evaluation that does.
    omega : float or None
        Weight of Pascanu's regulariser; see `gradviz.training.vanishing_regulariser`.
    seed : int
        Seed of the batches; the batch of step k depends only on the seed and k.
    optimizer_options : mapping
        Further options of the optimizer by torch's names, such as ``{"alpha": 0.9}`` for "rmsprop". A
        function gets them by name too.

    Raises
    ------
    ValueError, UnknownName
        If a value is not valid, or the optimizer does not take a setting.

    Examples
    --------
    >>> from gradviz.training.optimisation import Optimisation
    >>> Optimisation(steps=100, learning_rate=1e-2, clip_norm=1.0).optimizer
    'adam'
    """

    steps: int
    batch_size: int = 50
    optimizer: str | Callable[..., torch.optim.Optimizer] = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float | None = None
    schedule: Schedule | None = None
    clip_norm: float | None = None
    clip_value: float | None = None
    stop_at: float | None = None
    omega: float | None = None
    seed: int = 0
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_whole_number("steps", self.steps, at_least=1)
        check_whole_number("batch_size", self.batch_size, at_least=1)
        if not callable(self.optimizer):
            check_one_of("optimizer", self.optimizer, OPTIMIZERS)
        check_finite("learning_rate", self.learning_rate, above=0)
        check_finite("momentum", self.momentum, at_least=0, below=1)
        check_bool("nesterov", self.nesterov)
        if self.weight_decay is not None:
            check_finite("weight_decay", self.weight_decay, at_least=0)
        if self.omega is not None:
            check_finite("omega", self.omega, above=0)
        for name, message in setting_mistakes(self):
            raise ValueError(f"{name} = {getattr(self, name)!r}: {message}")
        for name, message in optimizer_option_mistakes(self):
            raise ValueError(f"optimizer_options.{name}{message}")
        for name, limit in (("clip_norm", self.clip_norm), ("clip_value", self.clip_value)):
            if limit is not None:
                check_finite(name, limit, above=0)
        if self.clip_norm is not None and self.clip_value is not None:
            raise ValueError(f"clip_value = {self.clip_value!r}: must be left out if clip_norm is given")
        if self.stop_at is not None:
            check_finite("stop_at", self.stop_at)
        check_whole_number("seed", self.seed, at_least=0)

    def optimizer_settings(self) -> dict[str, Any]:
        """What the optimizer takes beside the learning rate, as far as it differs from torch's defaults."""
        given = {"momentum": self.momentum or None, "nesterov": self.nesterov or None}
        chosen = {**given, "weight_decay": self.weight_decay}
        options = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.optimizer_options.items()
        }
        return {**{name: value for name, value in chosen.items() if value is not None}, **options}

    def rate(self, step: int) -> float:
        """Learning rate of a step."""
        if self.schedule is None:
            return self.learning_rate
        return self.schedule.rate(self.learning_rate, step, steps=self.steps)


class HasSettings(Protocol):
    """Settings of an optimizer, of an `Optimisation` or of an experiment's file."""

    @property
    def optimizer(self) -> object: ...

    @property
    def momentum(self) -> float: ...

    @property
    def nesterov(self) -> bool: ...

    @property
    def weight_decay(self) -> float | None: ...


def setting_mistakes(how: HasSettings) -> list[tuple[str, str]]:
    """Settings that do not go together: the name of each, and what is wrong with it.

    Parameters
    ----------
    how : Optimisation, or another object with its ``optimizer``, ``momentum``, ``nesterov``, ``weight_decay``
        An optimizer that is not in `TAKES` is not checked.
    """
    found = []
    for name in ("momentum", "nesterov", "weight_decay"):
        if (
            getattr(how, name)
            and isinstance(how.optimizer, str)
            and name not in TAKES.get(how.optimizer, (name,))
        ):
            takers = [kind for kind, taken in TAKES.items() if name in taken]
            told = f"{' and '.join(takers)} {'take' if len(takers) > 1 else 'takes'} it"
            found.append((name, f"must be left out for optimizer = {how.optimizer!r}; {told}"))
    if how.nesterov and not how.momentum and not found:
        found.append(("nesterov", "needs a momentum above 0, for example momentum = 0.9"))
    return found
