"""A panel without data: what is missing, and how to get it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gradviz.errors import GradvizError

Panel = TypeVar("Panel")


@dataclass(frozen=True)
class Missing:
    """Takes the place of a panel's data where the recording does not have them.

    Attributes
    ----------
    variable : str
        What is missing: a variable of the recording, or an attribute.
    how_to_get_it : str
        A sentence for the panel: why it is missing, and what to do.
    """

    variable: str
    how_to_get_it: str

    def to_json(self) -> dict[str, str]:
        """Keys ``missing`` (the variable) and ``how_to_get_it``; only such an object has ``missing``."""
        return {"missing": self.variable, "how_to_get_it": self.how_to_get_it}


def or_missing(variable: str, read: Callable[[], Panel]) -> Panel | Missing:
    """What a function returns, or why the recording cannot give it.

    Parameters
    ----------
    variable : str
    read : callable
        Without arguments.

    Returns
    -------
    object or Missing
    """
    try:
        return read()
    except (GradvizError, ValueError, TypeError, KeyError, IndexError, ArithmeticError) as error:
        return Missing(variable, sentence(error))


def sentence(error: Exception) -> str:
    """The words of an error; of one that says nothing readable, its kind as well."""
    if isinstance(error, GradvizError):
        return str(error)
    return f"this cannot be computed from the recording ({type(error).__name__}: {error})"
