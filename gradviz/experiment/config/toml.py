"""Read the TOML file of an experiment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gradviz.experiment.config.shipped_experiments import file_of
from gradviz.experiment.config.validation import BadExperiment
from gradviz.recording.regular_file import NotAFile, check_regular_file
from gradviz.runs.parse_toml import TOMLDecodeError, parse

_MOST_BYTES = 1_000_000
STANDARD_INPUT = "-"

__all__ = ["STANDARD_INPUT", "TOMLDecodeError", "parse", "read_toml", "shown_path"]


def shown_path(path: Path) -> str:
    """A path for messages; ``-`` is standard input."""
    return "standard input" if str(path) == STANDARD_INPUT else str(path)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file, of a shipped experiment by its name, or of standard input if the path is ``-``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadExperiment
        If it is not a regular file, has more than a million bytes, is not UTF-8 text, not valid TOML, or
        nested too deeply.
    """
    if str(path) == STANDARD_INPUT:
        content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise BadExperiment(f"standard input: an experiment has at most {_MOST_BYTES} bytes")
        return _parsed(content, shown_path(path))
    path = file_of(path)
    if not path.exists():
        raise FileNotFoundError(
            f"there is no experiment file {path}; gradviz list experiments shows what there is: files in "
            "experiments/, and names of those that come with gradviz"
        )
    if path.is_dir():
        raise BadExperiment(f"{path}: is a folder; give the experiment's .toml file")
    try:
        check_regular_file(path)
    except NotAFile as error:
        raise BadExperiment(str(error)) from None
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise BadExperiment(f"{path}: has {size} bytes; an experiment has at most {_MOST_BYTES}")
    return _parsed(path.read_bytes(), str(path))


def _parsed(content: bytes, path: str) -> dict[str, Any]:
    try:
        return parse(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadExperiment(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except TOMLDecodeError as error:
        raise BadExperiment(f"{path}: is not valid TOML: {error}") from error
    except RecursionError:
        raise BadExperiment(f"{path}: is nested too deeply; an experiment needs three levels") from None
    except ValueError as error:  # a number with more digits than Python converts
        raise BadExperiment(f"{path}: has a value that cannot be read: {error}") from error
