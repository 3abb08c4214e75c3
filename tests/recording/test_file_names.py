"""Where a recording's files are."""

from pathlib import Path

from gradviz.recording.file_names import holds_recording, part_file, part_files, rank_folders, recording_file


def test_ranks_are_in_the_order_of_their_numbers(tmp_path):
    for name in ("rank-10", "rank-2", "rank-0", "rank-x", "rank-3"):
        (tmp_path / name).mkdir()
        if name != "rank-3":  # it has none yet
            (tmp_path / name / "recording.nc").touch()
    assert [folder.name for folder in rank_folders(tmp_path)] == ["rank-0", "rank-2", "rank-10"]


def test_a_recording_or_parts_of_one(tmp_path):
    assert not holds_recording(tmp_path)
    for number in (11, 2):
        part_file(tmp_path, number).parent.mkdir(exist_ok=True)
        part_file(tmp_path, number).touch()
    assert holds_recording(tmp_path)
    assert [path.name for path in part_files(tmp_path)] == ["part-000002.nc", "part-000011.nc"]


def test_a_file_or_the_file_in_a_folder(tmp_path):
    assert recording_file(Path("a/b.nc")) == Path("a/b.nc")
    assert recording_file(Path("a/b")) == Path("a/b/recording.nc")
    (tmp_path / "folder.nc").mkdir()
    assert recording_file(tmp_path / "folder.nc") == tmp_path / "folder.nc" / "recording.nc"
