"""The columns, read back with pandas."""

import pandas as pd
import torch

from gradviz.benchmark.csv_files import write_memory, write_times
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.settings import Settings


def test_times(tmp_path, measurement):
    rows = [measurement(ratio=1.25, limit=1.2, floor=12.5), measurement("loop_hooks", "rnn", 400, pairs=3)]
    write_times(tmp_path / "times.csv", rows, Settings())
    read = pd.read_csv(tmp_path / "times.csv")
    assert read.columns.tolist() == [
        *("case", "cell", "time_steps", "pairs"),
        *("native_ms", "native_ms_lower", "native_ms_upper"),
        *("measured_ms", "measured_ms_lower", "measured_ms_upper"),
        *("ratio", "ratio_lower", "ratio_upper"),
        *("floor_ms", "floor_ms_lower", "floor_ms_upper"),
        *("to_floor", "to_floor_lower", "to_floor_upper", "limit"),
        *("hidden_size", "batch_size", "device", "threads", "machine", "torch"),
    ]
    first = read.iloc[0]
    assert first[["case", "cell", "time_steps", "pairs"]].tolist() == ["samples_16", "lstm", 100, 15]
    assert first[["native_ms", "native_ms_lower", "native_ms_upper"]].tolist() == [50.0, 49.0, 52.0]
    assert first[["measured_ms", "ratio", "limit"]].tolist() == [62.5, 1.25, 1.2]
    assert first[["hidden_size", "batch_size", "device", "threads"]].tolist() == [128, 64, "cpu", 2]
    assert first["torch"] == torch.__version__
    assert first[["floor_ms", "floor_ms_lower", "to_floor"]].tolist() == [12.5, 11.5, 1.0]
    assert read.loc[1, ["limit", "floor_ms", "to_floor"]].isna().all()


def test_a_case_of_one_sequence_has_a_batch_of_one(tmp_path, measurement):
    write_times(tmp_path / "times.csv", [measurement("step_jacobian_norms", ratio=0.005)], Settings())
    first = pd.read_csv(tmp_path / "times.csv").iloc[0]
    assert first[["batch_size", "hidden_size", "ratio"]].tolist() == [1, 128, 0.005]


def test_memory(tmp_path):
    write_memory(tmp_path / "memory.csv", [Memory("lstm", 100, 10, 12, 3)], Settings())
    read = pd.read_csv(tmp_path / "memory.csv")
    assert read.columns.tolist()[:5] == ["cell", "time_steps", "native_bytes", "recorded_bytes", "kept_bytes"]
    assert read.iloc[0].tolist()[:5] == ["lstm", 100, 10, 12, 3]
