"""``mytasks.py:make`` and ``package.module:make``: how a file names code that is not part of gradviz."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import ModuleType
from typing import Any, NamedTuple

from gradviz.errors import GradvizError, unknown_name

_MOST_SHOWN = 300  # characters of an exception


class BadSource(GradvizError, ValueError):
    """Code that cannot be found, imported, or kept with a run."""


class Reference(NamedTuple):
    """A file or a module, and a name in it."""

    where: str
    name: str


def is_reference(value: object) -> bool:
    """Whether a value is meant as ``FILE.py:NAME`` or ``MODULE:NAME``, and is not a name itself."""
    return isinstance(value, str) and (":" in value or value.endswith(".py"))


def parse_reference(spec: str) -> Reference:
    """The two parts of ``FILE.py:NAME`` or ``MODULE:NAME``.

    Parameters
    ----------
    spec : str

    Returns
    -------
    Reference

    Raises
    ------
    BadSource
        If it has another form.
    """
    where, _, name = spec.rpartition(":")
    is_place = where.endswith(".py") or re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", where)
    if not is_place or not name.isidentifier():
        raise BadSource("must be FILE.py:NAME or MODULE:NAME, for example mytasks.py:make")
    return Reference(where, name)


def named_in(module: ModuleType, where: str, name: str) -> Any:
    """What a module calls by a name.

    Parameters
    ----------
    module : module
    where : str
        How the user calls it, for the message.
    name : str

    Returns
    -------
    object

    Raises
    ------
    UnknownName
        If there is no such name; the message has the functions and classes that the module defines.
    """
    if not hasattr(module, name):
        raise unknown_name("name", name, _offered(module), place=f" in {where}")
    return getattr(module, name)


def _offered(module: ModuleType) -> Iterable[str]:
    """Functions and classes; where a module defines some itself, those that it imports are left out."""
    named = {key: value for key, value in vars(module).items() if callable(value) and not key.startswith("_")}
    own = [key for key, value in named.items() if getattr(value, "__module__", None) == module.__name__]
    return own or list(named)


def reason(error: BaseException) -> str:
    """What an exception from the user's code says, in one line."""
    if isinstance(error, SystemExit):
        return "it ended the program; put the code of a script under if __name__ == '__main__':"
    text = " ".join(str(error).split())
    shown = text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__
