"""Damaged files: what survives is told from what is lost."""

import random

import h5py
import pytest
from faults import damage
from faults.damage import Case, cases, kinds, try_one
from faults.damages import OF_BYTES, OF_HDF5
from faults.samples import SAMPLES, make_recordings, make_runs
from faults.tally import EQUAL, REFUSED, SURVIVED, UNNOTICED

from gradviz.recording import load as load_module
from gradviz.recording.seal import Seal, check_seal


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    make_recordings(folder)
    return str(folder)


def unjudged(path):
    """A reader that takes a file with a seal as it is."""
    return Seal("", path.stat().st_size, "")


def outcomes(sound, sample, fault, count=4):
    return [try_one(Case(sound, sample, fault, number, 0)) for number in range(count)]


@pytest.mark.parametrize("fault", ["one bit", "a piece overwritten", "two variables swapped"])
def test_a_damaged_recording_is_refused(sound, fault):
    assert set(outcomes(sound, "recording.nc", fault)) == {REFUSED}


def test_a_damaged_part_is_named_and_the_others_are_equal(sound, monkeypatch):
    assert outcomes(sound, "a part of a recording", "one bit", 2) == [REFUSED, REFUSED]
    monkeypatch.setattr(damage, "left_out", lambda *given: False)
    assert outcomes(sound, "a part of a recording", "one bit", 1) == ["read as other values"]


def test_a_reader_that_does_not_check_the_digest_is_found_out(sound, monkeypatch):
    """The planted fault: two variables are swapped, and nobody looks at the seal."""
    assert outcomes(sound, "recording.nc", "two variables swapped") == 4 * [REFUSED]
    monkeypatch.setattr(load_module, "check_seal", unjudged)
    assert "read as other values" in outcomes(sound, "recording.nc", "two variables swapped")


def test_any_other_exception_is_a_loss(sound, monkeypatch):
    def fails(path):
        raise KeyError("raw")

    monkeypatch.setitem(SAMPLES, "recording.nc", SAMPLES["recording.nc"]._replace(read=lambda *_: fails(_)))
    assert outcomes(sound, "recording.nc", "one bit", 1) == ["KeyError: 'raw'"]


def test_an_attribute_under_a_new_seal_is_all_that_differs(sound):
    found = outcomes(sound, "recording.nc", "an attribute, sealed again", 6)
    assert set(found) <= {REFUSED, EQUAL}
    assert EQUAL in found


def test_without_a_digest_other_values_are_counted_apart(sound):
    assert outcomes(sound, "recording.nc of format 1", "two variables swapped", 1) == [UNNOTICED]


@pytest.mark.slow
def test_a_flipped_digit_of_a_metric_is_refused(tmp_path):
    make_runs(tmp_path)
    for sample in ("metrics.csv of a run that is done", "result.json of a run that is done"):
        assert set(outcomes(str(tmp_path), sample, "one bit", 3)) <= {REFUSED, EQUAL}
    assert set(outcomes(str(tmp_path), "metrics.csv, resumed", "one bit", 2)) <= {REFUSED, EQUAL}


def test_the_same_case_is_the_same_damage(tmp_path):
    whole = bytes(range(256)) * 20
    for name, change in OF_BYTES.items():
        first, second = (bytes(change(bytearray(whole), random.Random(name), 37)) for _ in range(2))
        assert first == second != whole, name
    assert (
        len(OF_BYTES["cut at a per cent"](bytearray(whole), random.Random(0), 137)) == 37 * len(whole) // 100
    )


def test_a_new_seal_holds(sound, tmp_path):
    path = tmp_path / "recording.nc"
    path.write_bytes((tmp_path.__class__(sound) / "recording" / "recording.nc").read_bytes())
    change = OF_HDF5["an attribute, sealed again"](path, random.Random(3))
    assert check_seal(path).steps == "0-2"
    with h5py.File(path) as file:
        assert change.place in file


def test_cases_take_every_kind_in_turn(tmp_path):
    every = kinds()
    found = list(cases(tmp_path, 2 * len(every) + 1, 5))
    assert [(case.sample, case.fault) for case in found[: len(every)]] == every
    assert [case.number for case in found[:: len(every)]] == [0, 1, 2]
    assert len({case.name for case in found}) == len(found)
    assert set(SURVIVED) == {REFUSED, EQUAL, UNNOTICED}
