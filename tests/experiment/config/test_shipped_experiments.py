"""Experiments that come with gradviz are found by name, from the sources and from an installed package."""

from pathlib import Path

import pytest

from gradviz.experiment.config import shipped_experiments as module
from gradviz.experiment.config.experiment_file import read_experiment, read_file
from gradviz.experiment.config.shipped_experiments import (
    file_of,
    results_folder,
    shipped_experiments,
    shipped_reproductions,
)
from gradviz.experiment.python_config import python_file

NAMES = ["adding", "char", "char_corpus", "copy_memory", "temporal_order"]
SOURCES = Path(__file__).parents[3]


def test_in_the_sources_they_stand_beside_the_package():
    assert shipped_experiments() == {name: SOURCES / "experiments" / f"{name}.toml" for name in NAMES}


def test_an_installed_package_has_its_own_whatever_lies_beside_it(tmp_path, monkeypatch):
    package = tmp_path / "gradviz"
    for folder, name in ((package / "experiments", "mine"), (tmp_path / "experiments", "of_another_package")):
        folder.mkdir(parents=True)
        (folder / f"{name}.toml").touch()
    monkeypatch.setattr(module, "_PACKAGE", package)
    assert shipped_experiments() == {"mine": package / "experiments" / "mine.toml"}


def test_papers_and_results_stand_in_folders_of_their_own(tmp_path, monkeypatch):
    package = tmp_path / "gradviz"
    for place in ("papers/le2015.toml", "papers/model.py", "results/le2015.json", "mine.toml"):
        (package / "experiments" / place).parent.mkdir(parents=True, exist_ok=True)
        (package / "experiments" / place).touch()
    monkeypatch.setattr(module, "_PACKAGE", package)
    assert shipped_reproductions() == {"le2015": package / "experiments" / "papers" / "le2015.toml"}
    assert results_folder() == package / "experiments" / "results"
    assert list(results_folder().glob("*.json")) == [package / "experiments" / "results" / "le2015.json"]
    assert shipped_experiments() == {"mine": package / "experiments" / "mine.toml"}
    assert file_of(Path("le2015")) == package / "experiments" / "papers" / "le2015.toml"


def test_the_code_beside_a_shipped_file_is_found_by_the_name_of_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_file(Path("le2015")).folder == SOURCES / "experiments" / "papers"


def test_a_name_is_an_experiment_in_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_experiment(Path("adding"), ["task.length=7"]).task.options["length"] == 7
    assert python_file("adding", None).table["task"]["length"] == 100


def test_a_file_of_the_current_folder_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("adding").touch()
    assert file_of(Path("adding")) == Path("adding")
    Path("char").mkdir()
    assert file_of(Path("char")) == SOURCES / "experiments" / "char.toml"


@pytest.mark.parametrize("path", ["adding.toml", "experiments/adding", "./none", "none", ""])
def test_anything_else_is_a_path(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert file_of(Path(path)) == Path(path)
