"""What a recording says about itself, and metadata that it cannot hold."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

import pytest

import gradviz as gv
from gradviz.recording import provenance as provenance_module
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION, check_metadata, provenance


def test_versions_and_what_the_user_adds():
    found = provenance({"seed": 3, "config": {"a": [1]}}, torch_version="9.9")
    assert found[FORMAT_ATTRIBUTE] == FORMAT_VERSION
    assert (found["seed"], found["config"]) == (3, '{"a": [1]}')
    assert {gv.__version__, "9.9", platform.python_version()} <= set(map(str, found.values()))
    again = provenance({"seed": 4}, origin={"torch_version": "1", FORMAT_ATTRIBUTE: 1})
    assert again == {"torch_version": "1", FORMAT_ATTRIBUTE: FORMAT_VERSION, "seed": 4}


@pytest.mark.parametrize("metadata", [None, {}, {"text": "a\nb ü"}, {"lag": 3}])
def test_what_can_be_stored(metadata):
    check_metadata(metadata)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"a": "x\0y"}, "metadata 'a': its name or its text has characters that no file can hold"),
        ({"a": "\ud800"}, "metadata 'a': its name"),
        ({"b": "\udfff"}, "metadata 'b': its name"),
        ({"a/b": 1}, "metadata 'a/b': its name"),
        ({FORMAT_ATTRIBUTE: 1}, "cannot have the names"),
        ({"lag": 0}, "metadata: attribute 'lag' is 0; expected a whole number from 1"),
    ],
)
def test_what_cannot(metadata, message):
    with pytest.raises(ValueError, match=message):
        check_metadata(metadata)


def test_metadata_are_a_mapping():
    with pytest.raises(TypeError, match="a mapping of names to values, not list"):
        check_metadata([("a", 1)])


def git(folder, *words):
    options = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *options, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_commit_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert "git_commit" not in provenance()
    git(tmp_path, "init", "-q")
    assert "git_commit" not in provenance()  # there is none yet
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    assert provenance()["git_commit"] == git(tmp_path, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", "")
    assert "git_commit" not in provenance()


def test_versions_that_are_not_given_or_not_known(monkeypatch):
    assert provenance()["torch"] == version("torch")
    assert provenance(torch_version="9")["torch"] == "9"
    monkeypatch.setattr(provenance_module, "version", missing)
    found = provenance()
    assert not {"torch", "gradviz"} & set(found)
    assert found["python"] == platform.python_version()


def missing(package):
    raise PackageNotFoundError(package)
