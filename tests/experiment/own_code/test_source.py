"""A source: its hash, its copy, and that a copy is what it was."""

import pytest

from gradviz.experiment.own_code import source as module
from gradviz.experiment.own_code.reference import BadSource
from gradviz.experiment.own_code.source import Source, is_kept, keep, kept_source, remember

FILES = {"my tasks.py": b"import inner.x\n", "inner/x.py": "größe = 1\n".encode()}


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(module, "_KNOWN", {})


def test_the_hash_is_that_of_the_content_and_not_of_the_place():
    source = Source("my tasks.py", FILES, "/somewhere")
    assert source.digest == Source("my tasks.py", dict(reversed(FILES.items())), "").digest
    others = [
        Source("inner/x.py", FILES),
        Source("my tasks.py", {**FILES, "inner/x.py": b"x = 2\n"}),
        Source("my tasks.py", {**FILES, "y.py": b""}),
    ]
    assert len({source.digest, *(one.digest for one in others)}) == 4
    assert source.reference("make") == f"sources/{source.digest}/my tasks.py:make"
    assert len(source.digest) == 12


def test_a_copy_gives_the_same_source(tmp_path):
    source = Source("my tasks.py", FILES)
    keep(source, tmp_path)
    keep(source, tmp_path)
    where = source.reference("make").rpartition(":")[0]
    assert is_kept(where)
    again = kept_source(where, tmp_path)
    assert (again.main, again.files, again.digest) == (source.main, FILES, source.digest)
    assert again.path("inner/x.py") == str(tmp_path / "sources" / source.digest / "inner" / "x.py")
    assert kept_source(where, tmp_path / "elsewhere") is again  # known now


@pytest.mark.parametrize("where", ["mine.py", "sources/123/x.py", "sources/0123456789ab/x", "sources/x.py"])
def test_other_paths_are_no_copies(where, tmp_path):
    assert not is_kept(where)
    with pytest.raises(BadSource, match=r"is not a copy"):
        kept_source(where, tmp_path)


def test_a_copy_that_was_changed_or_is_missing_is_refused(tmp_path):
    source = Source("my tasks.py", FILES)
    where = source.reference("make").rpartition(":")[0]
    with pytest.raises(BadSource, match=r"there is no .*my tasks.py, the copy of the source"):
        kept_source(where, tmp_path)
    keep(source, tmp_path)
    copy = tmp_path / "sources" / source.digest / "inner" / "x.py"
    copy.write_bytes(b"x = 3\n")
    with pytest.raises(BadSource, match=r"was changed"):
        kept_source(where, tmp_path)
    with pytest.raises(BadSource, match=r"x.py was changed"):
        keep(source, tmp_path)


def test_of_one_content_the_first_source_is_remembered():
    first = remember(Source("a.py", {"a.py": b""}, "/first"))
    assert remember(Source("a.py", {"a.py": b""}, "/second")) is first
    assert Source("a.py", {"a.py": b""}).path("a.py") == "<a.py>"
