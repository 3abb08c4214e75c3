"""``sweep.parquet``: the table of a sweep with the types of its columns."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradviz.errors import GradvizError
from gradviz.runs.run_facts import AS_EXPECTED

PARQUET = "sweep.parquet"
_DTYPES = {float: "float64", int: "Int64", bool: "boolean", str: "string"}  # with gaps
_KIND_OF_NOTHING: dict[str, type] = {AS_EXPECTED: bool}


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

    columns = {name: [row[name] for row in rows] for name in rows[0]}
    frame = pd.DataFrame({name: _series(name, values) for name, values in columns.items()})
    path = folder / PARQUET
    unfinished = folder / f".{PARQUET}"
    frame.to_parquet(unfinished, engine="pyarrow", index=False)
    unfinished.replace(path)
    return path


def _series(name: str, values: list[Any]) -> Any:
    import pandas as pd

    kinds = {type(value) for value in values if value is not None} or {_KIND_OF_NOTHING.get(name, float)}
    for kind, dtype in _DTYPES.items():
        if kinds <= {kind}:
            return pd.Series(values, dtype=dtype)
    if kinds == {int, float}:
        return pd.Series(values, dtype="float64")
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pd.Series(texts, dtype="string")
