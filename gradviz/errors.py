"""The package's own exceptions, and did-you-mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GradvizError(Exception):
    """Base of everything that gradviz raises on its own account.

    Attributes
    ----------
    exit_code : int
        What the command line ends with: 2 for bad input, 1 where the work itself failed.
    """

    exit_code = 2


class NothingRecorded(GradvizError, RuntimeError):
    """A recording was asked for before there was anything in it."""


class NothingRecordedWarning(RuntimeWarning):
    """A tape was closed without anything in it."""


class CannotWatch(GradvizError, TypeError):
    """A model or a call that the recorder cannot watch."""


class BadRecording(GradvizError, ValueError):
    """A file or dataset that is not a recording, or lacks what was asked of it."""


class UnknownName(GradvizError, ValueError):
    """A name that is in none of the package's tables."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownName:
    """The error for a name that a table lacks, with the nearest one and the whole table.

    Parameters
    ----------
    kind : str
        What the name is a name of, for example ``"task"``.
    name : object
        What came.
    known : iterable of str
        What would work.

    Returns
    -------
    UnknownName
        To be raised by the caller.
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UnknownName(f"unknown {kind} {name!r}; {hint}({', '.join(names)})")
