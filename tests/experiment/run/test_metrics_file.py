"""``metrics.csv``."""

import math

import pytest

from gradviz.experiment.run.metrics_file import MetricsFile, read_metrics
from gradviz.training.loop import TrainingStep


def step(number, loss=0.1):
    return TrainingStep(number, loss, {"accuracy": 1 / 3, "grad_norm": float(number)})


def write(path, numbers, rows=0):
    file = MetricsFile(path, rows=rows)
    for number in numbers:
        file.add(step(number))
    file.flush()
    file.close()


def test_every_digit_comes_back(tmp_path):
    path = tmp_path / "metrics.csv"
    file = MetricsFile(path)
    for number, loss in enumerate((0.1 + 0.2, 5e-324, math.inf)):
        file.add(step(number, loss))
    file.close()
    assert path.read_text().splitlines()[0] == "step,loss,accuracy,grad_norm"
    assert read_metrics(path) == {
        "step": [0, 1, 2],
        "loss": [0.1 + 0.2, 5e-324, math.inf],
        "accuracy": [1 / 3] * 3,
        "grad_norm": [0, 1, 2],
    }


@pytest.mark.parametrize("rows", [0, 2, 5])
def test_rows_that_are_kept_and_rows_that_are_written_again(tmp_path, rows):
    write(tmp_path / "whole.csv", range(7))
    write(tmp_path / "cut.csv", range(5))
    with open(tmp_path / "cut.csv", "ab") as file:
        file.write(b"5,0.1,0.3")  # a row that a kill cut short
    write(tmp_path / "cut.csv", range(rows, 7), rows=rows)
    assert (tmp_path / "cut.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("tail", [b"", b"2,0.1,0.3,2.0"])
def test_rows_that_are_missing(tmp_path, tail):
    path = tmp_path / "metrics.csv"
    with pytest.raises(ValueError, match=r"metrics\.csv has 0 complete rows; 3 were written"):
        MetricsFile(path, rows=3)
    write(path, range(2))
    path.write_bytes(path.read_bytes() + tail)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="complete rows; 3 were written"):
        MetricsFile(path, rows=3)
    assert path.read_bytes() == before


def test_a_run_that_took_no_step(tmp_path):
    write(tmp_path / "metrics.csv", [])
    assert read_metrics(tmp_path / "metrics.csv") == {}
