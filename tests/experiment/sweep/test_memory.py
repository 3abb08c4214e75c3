"""A point that does not fit is told before the first one is begun."""

import pytest

from gradviz.experiment.config.checks.memory_estimate import least_memory
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.sweep.grid import Point, folder_of
from gradviz.experiment.sweep.memory import check_memory_of_points


@pytest.fixture
def points(small):
    key = "model.hidden_size"
    return [Point({key: size}, resolve(small(model__hidden_size=size))) for size in (4, 8, 6)]


def test_the_first_point_that_does_not_fit(points, tmp_path):
    needed = [least_memory(point.experiment) for point in points]
    check_memory_of_points(points, tmp_path, available=max(needed))
    with pytest.raises(BadExperiment, match=r"^at model\.hidden_size=8: small: needs at least .* memory"):
        check_memory_of_points(points, tmp_path, available=max(needed) - 1)


def test_a_point_that_is_done_does_not_count(points, tmp_path):
    folder = folder_of(tmp_path, points[1])
    folder.mkdir()
    (folder / "result.json").touch()
    check_memory_of_points(points, tmp_path, available=least_memory(points[2].experiment))
