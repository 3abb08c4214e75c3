"""What is at a path, without opening it."""

import os
import socket
from pathlib import Path

import pytest

from gradviz.recording.regular_file import NotAFile, check_regular_file


def test_files_links_to_them_and_nothing_at_all(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link", "nothing"):
        check_regular_file(tmp_path / name)


def test_anything_else(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "broken").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("socket")
        for path, what in {
            tmp_path / "folder": "a folder",
            tmp_path / "link": "a folder",
            tmp_path / "broken": "a link that leads to nothing",
            tmp_path / "loop": "a link that leads to nothing",
            tmp_path / "pipe": "a named pipe",
            tmp_path / "socket": "a socket",
            Path(os.devnull): "a device",
        }.items():
            with pytest.raises(NotAFile, match=f"^{path} is {what}; expected a file$"):
                check_regular_file(path)
