"""Other ways are compared before they are timed."""

from dataclasses import replace

import pytest

from gradviz.benchmark.other_ways import JACOBIAN_WAYS, WAYS, DifferentNumbers
from gradviz.benchmark.others import check_way, compare_ways


def test_ways_are_compared_and_those_that_are_no_case_are_timed(tiny, monkeypatch):
    monkeypatch.setattr("gradviz.benchmark.other_ways.find_spec", lambda name: None)
    found = {one.way: one for one in compare_ways(tiny, length=5)}
    assert list(found) == [*WAYS, *JACOBIAN_WAYS]
    assert found["torchlens"].reason == found["backpack"].reason == "not installed"
    assert found["loop_hooks"].difference < 1e-5
    assert found["loop_hooks"].measurement is found["samples_16"].difference is None
    jacrev = found["jacrev"]
    assert jacrev.difference < 1e-5
    assert (jacrev.measurement.case, jacrev.measurement.cell, jacrev.measurement.length) == (
        "jacrev",
        "lstm",
        5,
    )


@pytest.mark.parametrize("difference", [2e-4, float("nan")])
def test_other_numbers_are_an_error(tiny, difference):
    way = replace(WAYS["loop_hooks"], compare=lambda *_: difference)
    with pytest.raises(
        DifferentNumbers, match=r"hooks on gru: the numbers differ by .*, and 0.0001 is allowed"
    ):
        check_way(way, "gru", 5, tiny)
    assert check_way(replace(way, compare=lambda *_: 5e-5), "gru", 5, tiny) == 5e-5
