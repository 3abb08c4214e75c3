"""The table of a sweep with the types of its columns."""

import pandas as pd
import pytest

from gradviz.experiment.sweep import parquet_table
from gradviz.experiment.sweep.parquet_table import NoParquet, check_parquet, write_parquet

pytest.importorskip("pyarrow")

ROWS = [
    {"cell": "gru", "samples": 16, "rate": 1, "steps": 6, "loss": 0.5, "as_expected": True},
    {"cell": "rnn", "samples": "all", "rate": 0.5, "steps": None, "loss": None, "as_expected": None},
]


def test_types_stay_where_a_value_is_missing(tmp_path):
    frame = pd.read_parquet(write_parquet(tmp_path, ROWS))
    kinds = [frame[name].dtype.kind for name in ("rate", "steps", "loss", "as_expected")]
    assert kinds == ["f", "i", "f", "b"]
    assert frame["samples"].tolist() == ["16", "all"]
    assert frame["cell"].tolist() == ["gru", "rnn"]
    assert frame["steps"].isna().tolist() == frame["as_expected"].isna().tolist() == [False, True]
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.parquet"]


def test_without_pyarrow(monkeypatch):
    check_parquet()
    monkeypatch.setattr(parquet_table.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoParquet, match=r"needs pyarrow: install gradviz\[parquet\]"):
        check_parquet()
