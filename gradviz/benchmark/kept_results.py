"""All results of one benchmark, as one JSON file from which its page can be made again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.others import Comparison
from gradviz.benchmark.row import Row
from gradviz.benchmark.timing import Quartiles
from gradviz.errors import GradvizError

_QUARTILES = ("native_ms", "measured_ms", "ratio", "floor_ms", "to_floor")


class NoResults(GradvizError, ValueError):
    """A file of results cannot be read."""


@dataclass(frozen=True)
class Results:
    """What one benchmark found.

    Attributes
    ----------
    rows : sequence of Row
        The table of limits.
    measurements : sequence of Measurement
        Of every case and every other way.
    comparisons : sequence of Comparison
        What other ways differed by, and why some were not measured; their measurements are above.
    sizes : mapping of str to int
        Units, batch size and threads of the measurements.
    made : mapping of str to str
        As `machine` returns it.
    seconds : float
        What the whole benchmark took.
    """

    rows: Sequence[Row]
    measurements: Sequence[Measurement]
    comparisons: Sequence[Comparison]
    sizes: Mapping[str, int]
    made: Mapping[str, str]
    seconds: float


def write_results(path: Path, results: Results) -> None:
    """Write the results as JSON; an existing file is replaced."""
    found = asdict(results)
    found["comparisons"] = [
        {name: value for name, value in one._asdict().items() if name != "measurement"}
        for one in results.comparisons
    ]
    path.write_text(json.dumps(_rounded(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_results(path: Path) -> Results:
    """The results that `write_results` wrote.

    Raises
    ------
    NoResults
        If there is no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Results(
            rows=[Row(**row) for row in found["rows"]],
            measurements=[_measurement(one) for one in found["measurements"]],
            comparisons=[Comparison(**one) for one in found["comparisons"]],
            **{name: found[name] for name in ("sizes", "made", "seconds")},
        )
    except OSError as error:
        raise NoResults(
            f"no results in {path}: {error.strerror}; gradviz benchmark --page writes them"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise NoResults(f"{path} does not hold the results of a benchmark: {error}") from None


def _measurement(found: Mapping[str, Any]) -> Measurement:
    values: dict[str, Any] = {
        name: Quartiles(*value) if name in _QUARTILES and value is not None else value
        for name, value in found.items()
    }
    return Measurement(**values)


def _rounded(value: Any) -> Any:
    """Numbers with six digits; tuples are lists."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {name: _rounded(one) for name, one in value.items()}
    return (
        [_rounded(one) for one in value]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else value
    )
