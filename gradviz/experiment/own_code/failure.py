"""What went wrong in one's own code, in one line: file, line and exception."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

from gradviz.errors import GradvizError
from gradviz.experiment.own_code.reference import reason
from gradviz.experiment.own_code.source import Source


class OwnCodeFailed(GradvizError, RuntimeError):
    """One's own code raised an exception while a run trained."""

    exit_code = 1


def failure(error: BaseException, sources: Sequence[Source]) -> str:
    """What an exception says, after the innermost line of the sources that it came through.

    Parameters
    ----------
    error : BaseException
    sources : sequence of Source

    Returns
    -------
    str
        For example ``mytasks.py, line 12, in batch: KeyError: 'size'``; without a place if none of the
        sources has a part in it.
    """
    place = _place(error, sources)
    said = f"SyntaxError: {error.msg}" if place and isinstance(error, SyntaxError) else reason(error)
    return f"{place}: {said}" if place else said


@contextmanager
def own_failures(sources: Sequence[Source]) -> Iterator[None]:
    """Within the block an exception that came through the sources is raised as `OwnCodeFailed`.

    So is one of a model's ``forward``, if there are sources: what they give it does not fit.
    """
    try:
        yield
    except (GradvizError, KeyboardInterrupt, GeneratorExit):
        raise
    except (Exception, SystemExit) as error:
        if _place(error, sources):
            raise OwnCodeFailed(failure(error, sources)) from error
        if sources and _in_a_model(error):
            raise OwnCodeFailed(f"the model cannot take a batch of the task: {reason(error)}") from error
        raise


def _place(error: BaseException, sources: Sequence[Source]) -> str:
    paths = {source.path(file) for source in sources for file in source.files}
    if isinstance(error, SyntaxError) and error.filename in paths:
        return f"{_name(error.filename)}, line {error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in paths:
            inside = "" if frame.name.startswith("<") else f", in {frame.name}"
            return f"{_name(frame.filename)}, line {frame.lineno}{inside}"
    return ""


def _in_a_model(error: BaseException) -> bool:
    return any(frame.name == "forward" for frame in traceback.extract_tb(error.__traceback__))


def _name(path: str) -> str:
    return PurePath(path).name.strip("<>")
