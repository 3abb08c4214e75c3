"""Find the source of a reference: a file, a module beside it, an installed package."""

import json
import sysconfig
from pathlib import Path

import pytest

from gradviz.experiment.own_code.find_source import find_source, is_installed
from gradviz.experiment.own_code.reference import BadSource, parse_reference


def found(spec, folder):
    return find_source(parse_reference(spec), folder)


def test_a_file_with_what_it_imports_from_its_folder(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "mine.py").write_text("import beside\n")
    (tmp_path / "code" / "beside.py").write_text("")
    source = found("code/mine.py:make", tmp_path)
    assert (source.main, set(source.files)) == ("mine.py", {"mine.py", "beside.py"})
    assert found(f"{tmp_path}/code/mine.py:make", Path("/")).digest == source.digest


def test_a_module_beside_the_file_and_one_on_the_path(tmp_path, monkeypatch):
    package = tmp_path / "mypackage_of_tests"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tasks.py").write_text("from . import inner\n")
    (package / "inner.py").write_text("")
    files = {f"{package.name}/{name}" for name in ("__init__.py", "tasks.py", "inner.py")}
    beside = found(f"{package.name}.tasks:make", tmp_path)
    assert (beside.main, set(beside.files)) == (f"{package.name}/tasks.py", files)
    with pytest.raises(BadSource, match=r"there is no module 'mypackage_of_tests.tasks' to import; "):
        found(f"{package.name}.tasks:make", tmp_path / package.name)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert found(f"{package.name}.tasks:make", tmp_path / package.name).digest == beside.digest
    with pytest.raises(BadSource, match=r"there is no module 'mypackage_of_tests.task' in"):
        found(f"{package.name}.task:make", tmp_path / package.name)


@pytest.mark.parametrize("spec", ["torch.optim:AdamW", "json:dumps", "math:sqrt"])
def test_of_an_installed_package_there_is_an_import(spec, tmp_path):
    module, _, name = spec.partition(":")
    assert found(spec, tmp_path).files == {f"{name}.py": f"from {module} import {name}\n".encode()}


def test_what_is_installed(tmp_path):
    assert is_installed(Path(json.__file__))
    assert is_installed(Path(sysconfig.get_path("purelib")) / "x" / "y.py")
    assert not is_installed(tmp_path / "x.py")


def test_a_file_that_is_not_there_is_told_with_a_similar_one(tmp_path):
    (tmp_path / "mytasks.py").write_text("")
    with pytest.raises(BadSource, match=r"there is no file .*mytask.py; did you mean 'mytasks.py'\?$"):
        found("mytask.py:make", tmp_path)
    with pytest.raises(BadSource, match=r"there is no file .*gone/mytasks.py$"):
        found("gone/mytasks.py:make", tmp_path)
