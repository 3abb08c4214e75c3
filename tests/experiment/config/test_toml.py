"""Files that are not an experiment."""

import pytest

from gradviz.experiment.config.toml import read_toml
from gradviz.experiment.config.validation import BadExperiment


def test_a_file(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('name = "ä"\n[task]\nlength = 3\n', encoding="utf-8")
    assert read_toml(path) == {"name": "ä", "task": {"length": 3}}


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no experiment file .*none\.toml; gradviz list"):
        read_toml(tmp_path / "none.toml")
    with pytest.raises(BadExperiment, match="is a folder"):
        read_toml(tmp_path)
    (tmp_path / "x.toml").write_bytes(b"name = \xff")
    with pytest.raises(BadExperiment, match=r"x\.toml: is not UTF-8 text \(byte 7\)"):
        read_toml(tmp_path / "x.toml")
    (tmp_path / "x.toml").write_text("name = \n")
    with pytest.raises(BadExperiment, match=r"x\.toml: is not valid TOML: .*line 1"):
        read_toml(tmp_path / "x.toml")
