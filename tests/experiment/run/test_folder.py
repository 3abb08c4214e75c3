"""The files of a run and its progress."""

import json

import pytest
import torch

from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.toml import parse
from gradviz.experiment.run.environment import environment
from gradviz.experiment.run.folder import clear, progress, remove_broken, run_folder, write_description
from gradviz.recording.provenance import provenance


def test_a_folder_is_named_for_its_experiment(small, tmp_path):
    experiment = resolve(small())
    assert run_folder(tmp_path, experiment) == tmp_path / f"small-{fingerprint(experiment)}"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], "new"),
        ([".lock"], "new"),
        (["config.toml"], "unfinished"),
        (["environment.json"], "unfinished"),
        (["checkpoint.pt", "metrics.csv", "recording.nc"], "unfinished"),
        (["config.toml", "result.json"], "done"),
    ],
)
def test_progress(tmp_path, names, expected):
    for name in names:
        (tmp_path / name).touch()
    assert progress(tmp_path) == expected


def test_what_is_known_before_is_written_once(small, tmp_path):
    experiment = resolve(small())
    write_description(tmp_path, experiment, provenance())
    assert resolve(parse((tmp_path / "config.toml").read_text())) == experiment
    known = json.loads((tmp_path / "environment.json").read_text())
    assert known == json.loads(json.dumps(environment(provenance())))
    assert (known["torch"], known["threads"]) == (torch.__version__, 1)
    (tmp_path / "environment.json").write_text("{}")
    write_description(tmp_path, experiment, provenance())
    assert (tmp_path / "environment.json").read_text() == "{}"


def test_clearing_leaves_the_lock_alone(tmp_path):
    (tmp_path / "parts").mkdir()
    for name in (".lock", "result.json", "parts/part-000000.nc"):
        (tmp_path / name).touch()
    clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_what_a_killed_process_left_goes(tmp_path):
    for name in (".metrics.csv.123.tmp", ".lock", "metrics.csv"):
        (tmp_path / name).touch()
    remove_broken(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "metrics.csv"]
