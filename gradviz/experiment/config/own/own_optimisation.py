"""An optimizer of the user's own among the settings of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from gradviz.experiment.config.own.own_parts import own_part, shown_name, source_and_name
from gradviz.experiment.own_code.failure import failure
from gradviz.experiment.own_code.reference import BadSource, is_reference

OPTIMIZER = "optimizer"


def own_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for `gradviz.training.optimisation.Optimisation`, with a function in place of a reference.

    Parameters
    ----------
    settings : mapping
        Of the table ``[training]``.

    Returns
    -------
    dict

    Raises
    ------
    BadSource, UnknownName
        If a source fails or does not have the name.
    """
    name = settings[OPTIMIZER]
    return {**settings, OPTIMIZER: own_optimizer(name)} if is_reference(name) else dict(settings)


def own_optimizer(spec: str) -> Callable[..., torch.optim.Optimizer]:
    """A function ``(parameters, lr, **settings)`` that returns the optimizer of a factory of the user's own.

    The settings are those of momentum, nesterov and weight_decay that the experiment gives.

    Raises
    ------
    BadSource
        When it is called, if the factory fails or returns anything else.
    """
    factory, name = own_part(spec), spec.rpartition(":")[2]

    def make(parameters: Iterable[Tensor], lr: float, **settings: Any) -> torch.optim.Optimizer:
        given = list(parameters)
        try:
            made = factory(given, lr=lr, **settings)
        except (Exception, SystemExit) as error:
            said = failure(error, [source_and_name(spec)[0]])
            raise BadSource(f"{name}(parameters, lr={lr:g}) failed: {said}") from error
        if not isinstance(made, torch.optim.Optimizer):
            raise BadSource(
                f"{shown_name(spec)} returned a value of type {type(made).__name__}; it must return a "
                "torch.optim.Optimizer"
            )
        return made

    return make
