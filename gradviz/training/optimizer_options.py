"""Options of an optimizer by torch's names, for which a training has no key of its own; checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from gradviz.arguments import check_bool, check_finite
from gradviz.errors import unknown_name
from gradviz.training.optimizers import SGD, Adam, AdamW, PlainOptimizer, RMSprop

_PLAIN: dict[str, type[PlainOptimizer]] = {"adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "sgd": SGD}

KEYS = {
    "lr": "learning_rate",
    **{name: name for name in ("momentum", "nesterov", "weight_decay")},
}
"""Arguments of an optimizer that have a key of their own in a training, by torch's names."""

OPTIONS = {
    kind: {name: value for name, value in made.fixed.items() if name not in KEYS and name != "maximize"}
    for kind, made in _PLAIN.items()
}
"""Options and their defaults, by the name of the optimizer; a training never maximises its loss."""


class HasOptions(Protocol):
    """Settings of an optimizer that decide which options fit."""

    @property
    def optimizer(self) -> object: ...

    @property
    def optimizer_options(self) -> Mapping[str, Any]: ...

    @property
    def momentum(self) -> float: ...

    @property
    def nesterov(self) -> bool: ...


def optimizer_option_mistakes(how: HasOptions) -> list[tuple[str, str]]:
    """What is wrong with the options of an optimizer.

    Parameters
    ----------
    how : Optimisation, or another object with these four settings
        The options of an optimizer that is not in `OPTIONS` are not checked.

    Returns
    -------
    list of (str, str)
        Name of an option, and a message that continues it.

    Examples
    --------
    >>> from gradviz.training.optimisation import Optimisation
    >>> from gradviz.training.optimizer_options import optimizer_option_mistakes
    >>> how = Optimisation(steps=1, optimizer="rmsprop", optimizer_options={"alpha": 0.9})
    >>> optimizer_option_mistakes(how)
    []
    """
    kind = how.optimizer
    if not isinstance(kind, str) or kind not in OPTIONS:
        return []
    return [
        (name, said)
        for name, value in how.optimizer_options.items()
        if (said := _mistake(kind, name, value, how))
    ]


def misplaced(name: str) -> str:
    """The message for an option that has a key of its own; empty for any other."""
    return f": must be given as training.{KEYS[name]}" if name in KEYS else ""


def _mistake(kind: str, name: str, value: object, how: HasOptions) -> str:
    if name not in OPTIONS[kind]:
        return misplaced(name) or _not_taken(kind, name, value)
    try:
        _CHECKS[name](name, value)
    except ValueError as error:
        return str(error).removeprefix(name)
    if name == "dampening" and value and how.nesterov:
        return f" = {value!r}: must be 0 or left out with nesterov"
    if name == "dampening" and value and not how.momentum:
        return f" = {value!r}: needs a momentum above 0, for example momentum = 0.9"
    return ""


def _not_taken(kind: str, name: str, value: object) -> str:
    takers = [other for other, options in OPTIONS.items() if name in options]
    if not takers:
        return f": {unknown_name(f'option of {kind}', name, OPTIONS[kind])}"
    told = f"{' and '.join(takers)} {'take' if len(takers) > 1 else 'takes'} it"
    return f" = {value!r}: must be left out for optimizer = {kind!r}; {told}"


def _check_betas(name: str, value: object) -> None:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"{name} = {value!r}: must be two numbers, for example [0.9, 0.999]")
    for place, one in enumerate(value):
        check_finite(f"{name}[{place}]", one, at_least=0, below=1)


_CHECKS: dict[str, Callable[[str, Any], object]] = {
    "alpha": partial(check_finite, at_least=0, below=1),
    "amsgrad": check_bool,
    "betas": _check_betas,
    "centered": check_bool,
    "dampening": partial(check_finite, at_least=0, below=1),
    "eps": partial(check_finite, at_least=0),
}
