"""A run's metrics are those that its recording has."""

import numpy as np
import pytest
import xarray as xr

from gradviz.experiment.run.metrics_file import BadMetrics, MetricsFile
from gradviz.experiment.run.recorded_metrics import read_as_recorded

TABLE = "step,loss,accuracy\n0,0.25,nan\n1,0.125,0.5\n"


@pytest.fixture
def path(tmp_path):
    (tmp_path / "metrics.csv").write_text(TABLE)
    return tmp_path / "metrics.csv"


def recording(**curves):
    return xr.DataTree(xr.Dataset({name: ("iteration", np.array(values)) for name, values in curves.items()}))


def test_the_same_numbers_are_read(path):
    found = read_as_recorded(path, recording(loss=[0.25, 0.125], accuracy=[np.nan, 0.5]))
    assert found["loss"] == [0.25, 0.125]
    assert list(found) == ["step", "loss", "accuracy"]
    assert read_as_recorded(path, recording())["loss"] == [0.25, 0.125]  # nothing to compare it with


@pytest.mark.parametrize(
    "curves", [{"loss": [0.25, 0.12500000000000003]}, {"accuracy": [0.5, 0.5]}, {"loss": [0.25]}]
)
def test_another_number_is_an_error(path, curves):
    with pytest.raises(BadMetrics, match="is not what the recording has"):
        read_as_recorded(path, recording(**curves))


def test_rows_to_go_on_from_are_those_that_were_written(path):
    whole = MetricsFile(path, rows=2)
    whole.close()
    MetricsFile(path, rows=2, digest=whole.digest).close()
    path.write_text(TABLE.replace("0.125", "0.126"))
    MetricsFile(path, rows=2).close()  # nobody knows what they were
    with pytest.raises(ValueError, match="its rows are not those that were written"):
        MetricsFile(path, rows=2, digest=whole.digest)
    assert path.read_text() == TABLE.replace("0.125", "0.126")
