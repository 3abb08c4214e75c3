"""A large recording: its size, and what is made of the times of closing and opening."""

import pytest

from gradviz.benchmark import large_recording
from gradviz.benchmark.close_or_open import CLOSE, OPEN
from gradviz.benchmark.large_recording import ProcessFailed, in_a_process, rows_of_large_recording


def test_it_is_as_large_as_was_asked_for_and_has_four_rows(monkeypatch):
    calls = []

    def pretend(what, folder, *, known=None):
        calls.append((what, folder.name, known and known.name))
        if what == CLOSE:
            parts = sorted((folder / "parts").glob("*.nc"))
            (folder / "recording.nc").write_bytes(bytes(sum(part.stat().st_size for part in parts) // 2))
            return 0.5, 80.0
        return 0.6, 20.0

    monkeypatch.setattr(large_recording, "in_a_process", pretend)
    monkeypatch.setattr(large_recording, "_FIRST", 8)
    peak, speed, time, memory = rows_of_large_recording(size=400_000)
    assert calls == [(CLOSE, "first", None), (CLOSE, "large", "first"), *[(OPEN, "large", "first")] * 3]
    assert peak.verdict.startswith("over by 13")  # of one part
    steps = int(peak.beside.split()[0])
    assert 8 < steps < 100
    assert "closed 0 MB" in peak.beside
    assert speed.limit is None
    assert speed.median == pytest.approx(2 * 0.4 / 0.5, rel=0.2)
    assert (time.median, time.verdict, time.runs) == (0.6, "over by 0.1", 3)
    assert (memory.median, memory.verdict) == (20.0, "within")


@pytest.mark.slow
def test_processes_really_close_and_open():
    _, speed, time, memory = rows_of_large_recording(size=1_000_000)
    assert speed.median > 0
    assert 0 < time.median < 20
    assert memory.median > 0


@pytest.mark.slow
def test_a_process_that_fails_says_why(tmp_path):
    with pytest.raises(ProcessFailed, match=r"ended with 1: .*nothing"):
        in_a_process(OPEN, tmp_path / "nothing")
