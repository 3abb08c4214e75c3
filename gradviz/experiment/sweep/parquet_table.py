"""``sweep.parquet``: the table of a sweep with the types of its columns."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradviz.errors import GradvizError

PARQUET = "sweep.parquet"


class NoParquet(GradvizError, RuntimeError):
    """Nothing is installed that writes parquet."""


def check_parquet() -> None:
    """Raise if pyarrow is not installed.

    Raises
    ------
    NoParquet
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise NoParquet("--format parquet needs pyarrow: install gradviz[parquet], or leave the option out")


def write_parquet(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Write the table of a sweep.

    Parameters
    ----------
    folder : Path
        The sweep's folder.
    rows : sequence of dict
        As `gradviz.experiment.sweep.sweep_table.table_rows` returns them.

    Returns
    -------
    Path
        Path of the file. Whole numbers, numbers, truth values and text stay what they are, also where a value
        is missing. A column of values of several kinds, such as 16 and ``"all"``, is text.
    """
    import pandas as pd

    columns = {name: pd.Series(_of_one_kind([row[name] for row in rows])) for name in rows[0]}
    frame = pd.DataFrame(columns).convert_dtypes(convert_floating=False)
    path = folder / PARQUET
    unfinished = folder / f".{PARQUET}"
    frame.to_parquet(unfinished, engine="pyarrow", index=False)
    unfinished.replace(path)
    return path


def _of_one_kind(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 or kinds == {int, float}:
        return values
    return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
