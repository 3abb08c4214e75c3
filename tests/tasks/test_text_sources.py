"""Corpora and files."""

import sys
from pydoc_data.topics import topics

import pytest

from gradviz.errors import UnknownName
from gradviz.tasks.text_sources import SENTENCE, read_corpus, read_file


def test_the_sentence():
    assert read_corpus("sentence") == SENTENCE
    assert len(SENTENCE) == 63


def test_pydoc_is_every_topic_in_order():
    text = read_corpus("pydoc")
    assert len(text) == sum(len(topic) for topic in topics.values()) + len(topics) - 1
    assert len(text) > 300_000
    place = 0
    for name in sorted(topics):
        assert text.startswith(topics[name], place)
        place += len(topics[name]) + 1


def test_a_python_without_the_topics(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(ValueError, match="corpus = 'pydoc': this Python was installed without"):
        read_corpus("pydoc")


def test_an_unknown_corpus():
    with pytest.raises(UnknownName, match=r"unknown corpus 'pydocs'; did you mean 'pydoc'\?"):
        read_corpus("pydocs")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("grün\n\n€".encode(), "grün\n\n€"),
        (b"\xef\xbb\xbfone\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\x0cb\x85c\u2028".encode(), "a\x0cb\x85c\u2028"),
    ],
)
def test_a_file_without_byte_order_mark_and_with_one_kind_of_line_end(tmp_path, raw, text):
    (tmp_path / "text.txt").write_bytes(raw)
    assert read_file(tmp_path / "text.txt") == text
    assert read_file(str(tmp_path / "text.txt")) == text


def test_a_bad_byte_is_named_with_its_offset(tmp_path):
    (tmp_path / "latin.txt").write_bytes("ä".encode() + "für".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.txt': byte 0xfc at offset 3 is not UTF-8; convert"):
        read_file(tmp_path / "latin.txt")


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(
        ValueError, match=r"file = 'no\.txt': No such file or directory \(looked at '/.*no\.txt'"
    ):
        read_file("no.txt")
    with pytest.raises(ValueError, match=r"file = '\.': \. is a folder; expected a file"):
        read_file(".")
    with pytest.raises(ValueError, match=r"empty\.txt': the file is empty; give one with some text"):
        read_file("empty.txt")
    with pytest.raises(ValueError, match="null byte"):
        read_file("a\0b")
    with pytest.raises(TypeError, match="file = 5: must be the path of a text file"):
        read_file(5)


def test_a_long_path_is_cut_in_the_middle():
    whole, longer = "/" + "a" * 160, "/" + "a" * 100 + "b" * 61
    for path, looked_at in ((whole, whole), (longer, longer[:79] + "..." + longer[-79:])):
        with pytest.raises(ValueError, match=rf"No such file or directory \(looked at '{looked_at}'\)$"):
            read_file(path)
    with pytest.raises(ValueError, match="File name too long") as error:
        read_file("c" * 5000)
    assert len(str(error.value).partition("looked at")[2]) < 170
