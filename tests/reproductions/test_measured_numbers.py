"""What is measured on a run is kept beside it, and measured again only when its source has changed."""

import json
import math

import pytest

from gradviz.reproductions import measure_table
from gradviz.reproductions.measure_table import MEASURED, gives, measure_of
from gradviz.reproductions.measured_numbers import MEASURED_FILE, MeasureFailed, measured_numbers

SOURCE = """
NAMES = ("size", "part_*")


def measure(folder):
    calls = folder / "calls"
    calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
    return {"size": 3, "part_0": float("inf")}
"""


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Puts a measure ``mine`` with this source into the table."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(MEASURED, "mine", "measure_of_mine")
    place = tmp_path / "measure_of_mine.py"

    def write(source):
        place.write_text(source)
        monkeypatch.delitem(measure_table.importlib.sys.modules, "measure_of_mine", raising=False)
        measure_table.importlib.invalidate_caches()

    write(SOURCE)
    yield write
    measure_table.importlib.sys.modules.pop("measure_of_mine", None)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def calls(folder):
    return len((folder / "calls").read_text())


def test_it_is_measured_once(put, folder):
    for _ in range(2):
        assert measured_numbers(folder, "mine") == {"size": 3.0, "part_0": math.inf}
    assert calls(folder) == 1
    assert json.loads((folder / MEASURED_FILE).read_text())["mine"]["numbers"]["part_0"] == "inf"


def test_another_source_measures_again(put, folder):
    measured_numbers(folder, "mine")
    put(SOURCE.replace("3", "4.25"))
    assert measured_numbers(folder, "mine")["size"] == 4.25
    assert calls(folder) == 2


@pytest.mark.parametrize("content", ["{", "[]", '{"mine": {"source": "x"}}', '{"mine": 3}', "\udcff"])
def test_a_damaged_file_is_made_again(put, folder, content):
    measured_numbers(folder, "mine")
    whole = (folder / MEASURED_FILE).read_bytes()
    (folder / MEASURED_FILE).write_bytes(content.encode(errors="surrogateescape"))
    measured_numbers(folder, "mine")
    assert (folder / MEASURED_FILE).read_bytes() == whole


def test_a_measure_that_raises_names_the_run(put, folder):
    put('NAMES = ("a",)\n\n\ndef measure(folder):\n    raise KeyError("state")\n')
    with pytest.raises(MeasureFailed, match=r"mine of .*run: KeyError: 'state'"):
        measured_numbers(folder, "mine")
    assert not (folder / MEASURED_FILE).exists()


def test_a_number_that_its_names_do_not_hold(put, folder):
    put('NAMES = ("a",)\n\n\ndef measure(folder):\n    return {"b": 1.0}\n')
    with pytest.raises(MeasureFailed, match="gives b, which its NAMES do not hold"):
        measured_numbers(folder, "mine")


def test_names_with_a_star_stand_for_many(put):
    measure = measure_of("mine")
    assert [gives(measure, name) for name in ("size", "part_12", "sizes", "par")] == [
        True,
        True,
        False,
        False,
    ]
