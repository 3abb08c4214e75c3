"""The steepest place of a training, from metrics that are written by hand."""

import pytest

from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.metrics_file import BadMetrics
from gradviz.reproductions.measured.steepest import NAMES, measure


def write(folder, rows):
    lines = ["step,loss,grad_norm,grad_norm_clipped", *(f"{k},1.0,{a},{b}" for k, (a, b) in enumerate(rows))]
    (folder / METRICS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_by_hand(tmp_path):
    write(tmp_path, [(0.5, 0.5), (200.0, 1.0), (2.0, 1.0), (0.0, 0.0)])
    found = measure(tmp_path)  # the median of 0.5, 2 and 200 is 2
    assert found == {"steepest": 200.0, "steepest_applied": 1.0, "steepest_over_median": 100.0}
    assert set(found) == set(NAMES)


def test_what_is_not_finite_does_not_count(tmp_path):
    write(tmp_path, [(3.0, 1.0), ("inf", "nan"), (1.0, 1.0)])
    assert measure(tmp_path) == {"steepest": 3.0, "steepest_applied": 1.0, "steepest_over_median": 1.5}


def test_without_a_gradient(tmp_path):
    write(tmp_path, [(0.0, 0.0)])
    assert measure(tmp_path) == {"steepest": 0.0, "steepest_applied": 0.0}


def test_damaged_or_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        measure(tmp_path)
    write(tmp_path, [("many", 1.0)])
    with pytest.raises(BadMetrics, match="is damaged"):
        measure(tmp_path)
