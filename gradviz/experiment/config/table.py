"""What every table of an experiment's file is made of: keys are checked, values are not converted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from gradviz.arguments import check_one_of

Count = Annotated[int, Field(ge=1, lt=2**63)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def known(kind: str, table: Iterable[str]) -> Callable[[str], str]:
    """A check that a name is in a table, for a key of that kind."""

    return partial(check_one_of, kind, names=tuple(table))


def number_or_word(value: object, at_least: int, word: str) -> object:
    """The value, if it is a whole number of at least so much, or the word.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if value == word or (
        isinstance(value, int) and not isinstance(value, bool) and at_least <= value < 2**63
    ):
        return value
    raise ValueError(f"must be a whole number of at least {at_least}, or {word!r}")


class Table(BaseModel):
    """A table of the file: unknown keys are errors, values are not converted, and it cannot be changed.

    ``added`` names the keys that version 0.1 did not have; see `gradviz.experiment.config.fingerprint`.
    """

    added: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def is_of_the_run(self) -> bool:
        """Whether it counts for the run's name; false for what is said of several runs together."""
        return True
