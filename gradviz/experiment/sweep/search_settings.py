"""The tables ``[sweep.random]`` and ``[sweep.search]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gradviz.experiment.config.toml_values import by_dotted_key
from gradviz.experiment.config.validation import Mistake, bad_value
from gradviz.experiment.sweep.axis import MOST_VALUES
from gradviz.experiment.sweep.space import Space, is_between, read_dimension
from gradviz.vocabulary import LOSS

_Check = tuple[Callable[[Any], bool], str]


class SearchSettings(NamedTuple):
    """How a guided search goes; in the file beside the values among which it chooses.

    Attributes
    ----------
    trials : int
        Number of points that it tries.
    metric : str
        What it makes small or large: the median over the last ``over`` steps of a run.
    goal : {"min", "max"}
    over : int
    seed : int
        Of the search.
    at_once : int
        Trials between two looks at the results. With 1 every trial knows all before it.
    """

    trials: int
    metric: str = LOSS
    goal: str = "min"
    over: int = 1
    seed: int = 0
    at_once: int = 1


class RandomSettings(NamedTuple):
    """How many points a random search has, and the seed by which they are drawn."""

    points: int
    seed: int = 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_VALUES


def _is_seed(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32


_COUNT: _Check = (_is_count, f"must be a whole number from 1 to {MOST_VALUES}")
_SEED: _Check = (_is_seed, "must be a whole number of at least 0, below 4294967296")
_RANDOM: dict[str, _Check] = {"points": _COUNT, "seed": _SEED}
_SEARCH: dict[str, _Check] = {
    "trials": _COUNT,
    "metric": (lambda value: isinstance(value, str), "must be text in quotes"),
    "goal": (lambda value: value in ("min", "max"), "must be 'min' or 'max'"),
    "over": _COUNT,
    "seed": _SEED,
    "at_once": _COUNT,
}


def read_random(path: str, table: object) -> tuple[RandomSettings | None, list[Mistake]]:
    """The settings of a random search, or None and the mistakes in them."""
    mistakes = _mistakes(path, table, _RANDOM, "points")
    if mistakes or not isinstance(table, Mapping):
        return None, mistakes
    return RandomSettings(**{name: table[name] for name in _RANDOM if name in table}), []


def read_search(path: str, table: object) -> tuple[SearchSettings | None, list[Mistake]]:
    """The settings of a guided search, or None and the mistakes in them."""
    mistakes = _mistakes(path, table, _SEARCH, "trials")
    if mistakes or not isinstance(table, Mapping):
        return None, mistakes
    return SearchSettings(**{name: table[name] for name in _SEARCH if name in table}), []


def _mistakes(path: str, table: object, checks: Mapping[str, _Check], required: str) -> list[Mistake]:
    if not isinstance(table, Mapping):
        return [bad_value(path, table, f"must be a table with {required} and keys to choose")]
    found = [
        bad_value(f"{path}.{name}", table[name], message)
        for name, (is_right, message) in checks.items()
        if name in table and not is_right(table[name])
    ]
    return (
        found
        if required in table
        else [*found, Mistake(f"{path}.{required}", ": missing; it has no default")]
    )


def read_space(path: str, table: Mapping[str, Any], settings: Sequence[str]) -> tuple[Space, list[Mistake]]:
    """The values among which a search chooses, by dotted key.

    Parameters
    ----------
    path : str
        Where the table stands, for a message.
    table : mapping
    settings : sequence of str
        Keys of the table that are the search's own.

    Returns
    -------
    space : dict of str to Between or OneOf
    mistakes : list of Mistake
        Also if there is nothing to choose.
    """
    space: Space = {}
    mistakes: list[Mistake] = []
    to_choose = {key: value for key, value in table.items() if key not in settings}
    for key, given in by_dotted_key(to_choose, is_value=is_between).items():
        dimension, found = read_dimension(f"{path}.{key}", given)
        mistakes += found
        if dimension is not None:
            space[key] = dimension
    if not space and not mistakes:
        example = '"training.learning_rate" = {low = 1e-4, high = 1e-1, log = true}'
        mistakes.append(Mistake(path, f": has nothing to choose; give a key, as in {example}"))
    return space, mistakes
