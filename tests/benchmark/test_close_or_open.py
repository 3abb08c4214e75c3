"""Closing and opening are measured in a process of its own."""

import json

import pytest

import gradviz as gv
from gradviz.benchmark.close_or_open import CLOSE, OPEN, main
from gradviz.benchmark.many_steps import write_parts


def test_it_closes_and_opens_and_prints_seconds_and_megabytes(tmp_path, capsys):
    folder = tmp_path / "run"
    write_parts(folder, 3, 4)
    main(CLOSE, str(folder))
    seconds, memory = json.loads(capsys.readouterr().out)
    assert seconds > 0
    assert memory >= 0
    assert [path.name for path in folder.glob("*.nc")] == ["recording.nc"]
    main(OPEN, str(folder), str(folder))
    seconds, memory = json.loads(capsys.readouterr().out)
    assert seconds > 0
    assert memory >= 0
    assert gv.load(folder)["recurrent"].sizes["step"] == 3


def test_what_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="nothing"):
        main(OPEN, str(tmp_path / "nothing"))
