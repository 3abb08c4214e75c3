"""Read the TOML file of an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradviz.experiment.config.validation import BadExperiment
from gradviz.runs.parse_toml import TOMLDecodeError, parse

__all__ = ["TOMLDecodeError", "parse", "read_toml"]


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadExperiment
        If it is a folder, not UTF-8 text, or not valid TOML.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"there is no experiment file {path}; gradviz list experiments shows those in experiments/"
        )
    if path.is_dir():
        raise BadExperiment(f"{path}: is a folder; give the experiment's .toml file")
    try:
        return parse(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadExperiment(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except TOMLDecodeError as error:
        raise BadExperiment(f"{path}: is not valid TOML: {error}") from error
