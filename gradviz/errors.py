"""Exceptions of the package, and suggestions for misspelled names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import chain

_MOST_SHOWN = 60  # characters of a name


class GradvizError(Exception):
    """Base class of the exceptions of gradviz.

    Attributes
    ----------
    exit_code : int
        Exit code of the command line: 2 for bad input, 1 if the work itself failed.
    """

    exit_code = 2


class NothingRecorded(GradvizError, RuntimeError):
    """A recording was requested before anything was recorded."""


class NothingRecordedWarning(RuntimeWarning):
    """A tape was closed without anything in it."""


class NotSeenWarning(NothingRecordedWarning):
    """A recurrent module was trained at a recorded step, but its calls could not be seen."""


class StepForgottenWarning(RuntimeWarning):
    """Many optimizer steps were made in a recording without ``tape.step``."""


class NotWrittenWarning(RuntimeWarning):
    """A recording could not be written to its folder, and the training went on."""


class NotLoggedWarning(RuntimeWarning):
    """A logger that was given to a recording has raised an exception, and the training went on."""


class DirectOnlyWarning(RuntimeWarning):
    """States were observed that were computed all at once, so only their direct gradients are known."""


class CannotTellWarning(RuntimeWarning):
    """An early warning was asked for, and the recording does not show what it needs."""


class CannotWatch(GradvizError, TypeError):
    """A model or a call that the recorder cannot watch."""


class BadRecording(GradvizError, ValueError):
    """A file or dataset that is not a recording, or lacks what was requested."""


class FolderIsBusy(GradvizError, FileExistsError):
    """Another recording is being written to the same folder."""


class UnknownName(GradvizError, ValueError):
    """A name that is not in the table where it was looked up."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant: the most similar one, or the one that is abbreviated.

    Parameters
    ----------
    name : str
    known : iterable of str

    Returns
    -------
    str or None
        None if no name is similar.

    Examples
    --------
    >>> from gradviz.errors import nearest
    >>> names = ["learning_rate", "batch_size", "steps"]
    >>> nearest("step", names), nearest("lr", names), nearest("batch", names), nearest("colour", names)
    ('steps', 'learning_rate', 'batch_size', None)
    """
    names = list(known)
    similar = difflib.get_close_matches(name[:_MOST_SHOWN], names, n=1)
    initials = (one for one in names if "_" in one and name == "".join(word[:1] for word in one.split("_")))
    longer = (one for one in names if len(name) > 1 and one.startswith(name))
    return next(chain(similar, initials, longer), None)


def unknown_name(kind: str, name: object, known: Iterable[str], *, place: str = "") -> UnknownName:
    """Error for a name that is not in a table, with the nearest name and all names of the table.

    Parameters
    ----------
    kind : str
        Kind of name, for example ``"task"``.
    name : object
        The name that was given.
    known : iterable of str
        The names of the table.
    place : str
        Where it was looked up, for example ``" in mymodel.py"``.

    Returns
    -------
    UnknownName
        The caller raises it.
    """
    names = sorted(known)
    told = repr(name)
    told = told if len(told) <= _MOST_SHOWN else f"{told[: _MOST_SHOWN - 3]}..."
    near = nearest(str(name), names)
    hint = f"did you mean {near!r}? " if near else ""
    listed = f"({', '.join(names)})" if names else "there is none"
    return UnknownName(f"unknown {kind} {told}{place}; {hint}{listed}")
