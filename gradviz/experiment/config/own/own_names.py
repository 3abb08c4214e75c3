"""Keys that name code of the user's own, as ``mytasks.py:make``."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gradviz.experiment.config.table import known
from gradviz.experiment.own_code.reference import is_reference


def known_or_own(kind: str, table: Iterable[str]) -> Callable[[str], str]:
    """As `known`; a reference to code of the user's own is checked with its source."""
    in_table = known(kind, table)
    return lambda name: name if is_reference(name) else in_table(name)


def is_own(name: str) -> str:
    """The name, if it is a reference to code of the user's own.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not is_reference(name):
        raise ValueError("must be FILE.py:NAME or MODULE:NAME, for example mytasks.py:make")
    return name
