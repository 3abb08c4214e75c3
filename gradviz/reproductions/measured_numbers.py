"""What was measured on a run that is done, kept beside it in ``measured.json``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from gradviz.errors import GradvizError
from gradviz.recording.atomic import write_atomically
from gradviz.reproductions.measure_table import Measure, gives, measure_of
from gradviz.reproductions.plain_values import as_json

MEASURED_FILE = "measured.json"
_SOURCE, _NUMBERS = "source", "numbers"


class MeasureFailed(GradvizError, RuntimeError):
    """A measure could not be taken on a run."""

    exit_code = 1


def measured_numbers(folder: Path, name: str) -> dict[str, float]:
    """The numbers that a measure gives of a run; it is taken once, and again when its source has changed.

    Parameters
    ----------
    folder : Path
        Of a run that is done.
    name : str
        Of the measure.

    Returns
    -------
    dict of str to float

    Raises
    ------
    MeasureFailed
        If the measure raises an exception, or returns what its ``NAMES`` do not hold.
    OSError
        If ``measured.json`` cannot be written.
    """
    measure = measure_of(name)
    source = _source(measure)
    kept = _read(folder / MEASURED_FILE)
    if kept.get(name, {}).get(_SOURCE) != source:
        kept[name] = {_SOURCE: source, _NUMBERS: _measure(measure, name, folder)}
        _write(folder / MEASURED_FILE, kept)
    numbers: dict[str, float] = kept[name][_NUMBERS]
    return numbers


def _measure(measure: Measure, name: str, folder: Path) -> dict[str, float]:
    try:
        numbers = {key: float(value) for key, value in measure.measure(folder).items()}
    except Exception as error:  # of one measure on one run: the others still count
        raise MeasureFailed(f"{name} of {folder}: {type(error).__name__}: {error}") from error
    unknown = [key for key in numbers if not gives(measure, key)]
    if unknown:
        raise MeasureFailed(f"{name} of {folder} gives {', '.join(unknown)}, which its NAMES do not hold")
    return numbers


def _source(measure: Measure) -> str:
    return hashlib.sha256(Path(measure.__file__ or "").read_bytes()).hexdigest()[:12]


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """What is kept; nothing of a file that is missing or damaged, so that it is measured again."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: {
                _SOURCE: str(entry[_SOURCE]),
                _NUMBERS: {key: float(value) for key, value in entry[_NUMBERS].items()},
            }
            for name, entry in table.items()
        }
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _write(path: Path, kept: dict[str, dict[str, Any]]) -> None:
    write_atomically(path, (json.dumps(as_json(kept), indent=2, allow_nan=False) + "\n").encode())
