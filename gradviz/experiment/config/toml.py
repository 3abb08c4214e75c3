"""TOML, read by the standard library or, before Python 3.11, by its forerunner."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    from tomllib import TOMLDecodeError
    from tomllib import loads as parse
else:
    from tomli import TOMLDecodeError
    from tomli import loads as parse

from gradviz.experiment.config.validation import BadExperiment

__all__ = ["TOMLDecodeError", "parse", "read_toml"]


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    BadExperiment
        When it is a folder, no text in UTF-8, or no TOML.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no experiment {path}; gradviz list experiments shows some")
    if path.is_dir():
        raise BadExperiment(f"{path}: is a folder; give the experiment's .toml file")
    try:
        return parse(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadExperiment(f"{path}: is no text in UTF-8 (byte {error.start})") from error
    except TOMLDecodeError as error:
        raise BadExperiment(f"{path}: is no TOML: {error}") from error
