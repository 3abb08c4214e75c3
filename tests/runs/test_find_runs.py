"""Which runs a folder, a pattern or a list stands for."""

import shutil

import pytest

from gradviz.errors import BadRecording
from gradviz.runs.find_runs import find_runs


@pytest.fixture
def folder(tmp_path, run):
    """Two runs, a recording alone, a killed run, and what is not a run."""
    base = tmp_path / "runs"
    run(base / "b", config={"seed": 1})
    run(base / "a", config={"seed": 0}, recording=False)
    shutil.copy(base / "b" / "recording.nc", base / "c.nc")
    (base / "d" / "parts").mkdir(parents=True)
    (base / "figures").mkdir()
    (base / "notes.txt").write_text("")
    return base


def test_a_folder(folder):
    assert find_runs(folder) == {
        "a": folder / "a",
        "b": folder / "b",
        "c": folder / "c.nc",
        "d": folder / "d",
    }
    assert find_runs(str(folder / "b")) == {"b": folder / "b"}
    assert find_runs(folder / "c.nc") == {"c": folder / "c.nc"}


def test_a_pattern(folder):
    assert list(find_runs(f"{folder}/[ab]")) == ["a", "b"]
    assert list(find_runs(f"{folder.parent}/*/*")) == ["a", "b", "c", "d"]
    assert find_runs(f"{folder}/*/recording.nc") == {"b": folder / "b"}


def test_a_list_keeps_its_order_and_each_run_once(folder):
    assert list(find_runs([folder / "b", str(folder / "a"), folder / "b"])) == ["b", "a"]
    assert list(find_runs([folder / "d", folder])) == ["d", "a", "b", "c"]
    assert list(find_runs(path for path in [folder / "a"])) == ["a"]


def test_equal_names_are_told_apart(folder, run):
    run(folder.parent / "others" / "b")
    assert list(find_runs([folder / "b", folder.parent / "others" / "b"])) == ["runs/b", "others/b"]


def test_a_folder_whose_name_is_a_pattern(folder):
    (folder / "b").rename(folder / "b[1]")
    assert list(find_runs(f"{folder}/b[1]")) == ["b[1]"]


def test_a_sweep(folder):
    """Its runs lie beside it, also after both have been moved; a point that never began is left out."""
    sweep = folder / "x-sweep-1"
    sweep.mkdir()
    (sweep / "sweep.csv").write_text(
        "seed,outcome,folder\n1,done,elsewhere/b\n0,failed,elsewhere/a\n2,failed,gone\n"
    )
    assert find_runs(sweep) == {"b": folder / "b", "a": folder / "a"}
    assert "x-sweep-1" not in find_runs(folder)
    (sweep / "sweep.csv").write_text("folder\ngone\n")
    with pytest.raises(BadRecording, match=r"none of the 1 runs in .* exists any more"):
        find_runs(sweep)
    (sweep / "sweep.csv").write_text("seed\n1\n")
    with pytest.raises(BadRecording, match="damaged: it has no readable column 'folder'"):
        find_runs(sweep)


def test_errors(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no runs at .*nowhere"):
        find_runs(tmp_path / "nowhere")
    with pytest.raises(BadRecording, match=r"no run in .*figures"):
        find_runs(folder / "figures")
    with pytest.raises(BadRecording, match=r"no run in .*; give .*/\*/\* for the runs in its folders"):
        find_runs(tmp_path)
    with pytest.raises(BadRecording, match="nothing matches"):
        find_runs(f"{folder}/z*")
    with pytest.raises(BadRecording, match=r"none of the 1 paths that match is one"):
        find_runs(f"{folder}/fig*")
    with pytest.raises(BadRecording, match=r"notes\.txt is not a run"):
        find_runs(folder / "notes.txt")
    with pytest.raises(BadRecording, match="the list of runs is empty"):
        find_runs([])
    with pytest.raises(TypeError, match="got int"):
        find_runs(3)
    with pytest.raises(TypeError, match="got int in the list"):
        find_runs([3])
