"""Made-up measurements with known numbers."""

import matplotlib.pyplot as plt
import pytest

from gradviz.benchmark.kept_results import Results
from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.others import Comparison
from gradviz.benchmark.row import Row
from gradviz.benchmark.settings import Settings
from gradviz.benchmark.timing import Quartiles


def make_measurement(
    case="samples_16", cell="lstm", length=100, *, ratio=1.25, limit=None, pairs=15, floor=None
):
    native = 0.5 * length
    to_floor = None if floor is None else ratio * native / (native + floor)
    return Measurement(
        case=case,
        cell=cell,
        length=length,
        pairs=pairs,
        native_ms=Quartiles(native - 1, native, native + 2),
        measured_ms=Quartiles(ratio * native - 1, ratio * native, ratio * native + 2),
        ratio=Quartiles(ratio - 0.05, ratio, ratio + 0.1),
        limit=limit,
        floor_ms=None if floor is None else Quartiles(floor - 1, floor, floor + 2),
        to_floor=None if floor is None else Quartiles(to_floor - 0.05, to_floor, to_floor + 0.1),
    )


@pytest.fixture
def measurement():
    return make_measurement


@pytest.fixture
def tiny():
    return Settings(
        cells=("lstm",), lengths=(5,), pairs=2, threads=1, hidden_size=8, input_size=3, batch_size=4
    )


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def results():
    names = (
        "gradviz",
        "torch",
        "numpy",
        "xarray",
        "h5py",
        "matplotlib",
        "python",
        "commit",
        "format",
        "system",
    )
    return Results(
        rows=[
            Row("Recorded step", "LSTM", 1.2, 1.25, 1.4, "ms", 3, 1.2, beside="native 50 ms"),
            Row("Commands", "sweep", 0.9, 0.9, 0.9, "", limit=0.85, at_least=True),
        ],
        measurements=[
            make_measurement("samples_all", ratio=2.0),
            make_measurement("loop_retain_grad", ratio=3.0),
            make_measurement("samples_16", "gru", ratio=1.5, floor=25.0),
        ],
        comparisons=[
            Comparison("loop_retain_grad", "lstm", 2e-7),
            Comparison("torchlens", "lstm", reason="not installed"),
            Comparison("torchlens", "gru", reason="not installed"),
        ],
        sizes={"units": 128, "batch": 64, "threads": 2},
        made={**dict.fromkeys(names, "1"), "date": "2020-01-02", "processor": "some"},
        seconds=120.0,
    )
