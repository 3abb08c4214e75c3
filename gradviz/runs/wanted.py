"""What is wanted of every run: measures, variables, and of which module, layer and steps."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gradviz.arguments import check_one_of, check_options
from gradviz.errors import UnknownName
from gradviz.runs.public_measures import MEASURES, NOT_REDUCED
from gradviz.vocabulary import CUT, LOG10_GRAD_C, LOG10_GRAD_H, LOG10_GRAD_STATE

ALL, LAST = "all", "last"
Names = str | Iterable[str] | None

_CHOSEN = ("module", "layer", "direction")  # for all measures alike


@dataclass(frozen=True)
class Wanted:
    """What is wanted of every run.

    Attributes
    ----------
    measures : dict of str to dict
        Options of each measure by its name.
    variables : tuple of str
        Names of variables or metrics.
    companions : tuple of str
        Variables without which those cannot be read rightly, kept where they were recorded.
    module, layer, direction : optional
        None for the only module, its last layer, and the forward direction.
    last : bool
        Whether only the last recorded step of each run is wanted.
    """

    measures: dict[str, dict[str, Any]]
    variables: tuple[str, ...]
    companions: tuple[str, ...]
    module: str | None
    layer: int | None
    direction: str | None
    last: bool


def wanted(
    measures: Names | Mapping[str, Mapping[str, Any]],
    variables: Names,
    *,
    module: str | None,
    layer: int | None,
    direction: str | None,
    steps: str,
) -> Wanted:
    """Check what is wanted, before any run is read.

    Raises
    ------
    UnknownName
        If there is no such measure, the measure does not have an option, or the steps are unknown.
    TypeError
        If names are not text.
    """
    options: dict[str, dict[str, Any]] = {name: {} for name in _names("measures", measures)}
    if isinstance(measures, Mapping):
        options = {name: _options(name, given) for name, given in measures.items()}
    for name, given in options.items():
        _check_measure(name, given)
    names = _names("variables", variables)
    of_states = not {LOG10_GRAD_H, LOG10_GRAD_C}.isdisjoint(names)
    companions = tuple(name for name in (LOG10_GRAD_STATE, CUT) if of_states and name not in names)
    last = check_one_of("choice of steps", steps, (ALL, LAST)) == LAST
    return Wanted(options, names, companions, module, layer, direction, last)


def _names(argument: str, given: object) -> tuple[str, ...]:
    if given is None or isinstance(given, str):
        return () if given is None else (given,)
    names = tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"{argument} = {given!r}: must be a name, or a tuple or list of names")
    return tuple(dict.fromkeys(names))


def _options(name: str, given: object) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise TypeError(f"measures[{name!r}] = {given!r}: must be a dict of options, such as {{}}")
    return dict(given)


def _check_measure(name: str, options: Mapping[str, Any]) -> None:
    if name in NOT_REDUCED:
        raise UnknownName(
            f"measure {name!r} does not reduce a run to a value for each step; call gv.{name} on one "
            f"recording, or take one of {', '.join(MEASURES)}"
        )
    check_one_of("measure", name, MEASURES)
    for chosen in _CHOSEN:
        if chosen in options:
            raise UnknownName(f"option {chosen!r} of the measure {name}: give {chosen}= to load_runs instead")
    data = next(iter(inspect.signature(MEASURES[name]).parameters))
    check_options(f"the measure {name}", {data: None, **options}, MEASURES[name])
