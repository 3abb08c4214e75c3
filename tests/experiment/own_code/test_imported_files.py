"""The files that a file imports from its folder."""

import pytest

from gradviz.experiment.own_code import imported_files as module
from gradviz.experiment.own_code.imported_files import imported_files, module_name
from gradviz.experiment.own_code.reference import BadSource

TREE = {
    "main.py": "import one, os, gradviz\nfrom package import part\ndef late(): import two.deep\n",
    "one.py": "from main import late  # back again\n",
    "package/__init__.py": "",
    "package/part.py": "from . import sibling\nfrom .inner.leaf import x\nfrom ..package import other\n",
    "package/sibling.py": "",
    "package/other.py": "",
    "package/inner/leaf.py": "x = 1\n",
    "package/unused.py": "",
    "two/deep.py": "",
    "unused.py": "",
    "gradviz/__init__.py": "",  # as in a folder with a checkout, whose package is not the user's code
}


@pytest.fixture
def root(tmp_path):
    for path, text in TREE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_all_that_it_imports_and_no_more(root):
    found = imported_files(root, "main.py")
    assert set(found) == {path for path in TREE if "unused" not in path and "gradviz" not in path}
    assert found["one.py"] == TREE["one.py"].encode()


def test_a_file_in_a_package_needs_what_is_around_it(root):
    found = imported_files(root, "package/part.py")
    assert set(found) == {path for path in TREE if path.startswith("package/")} - {"package/unused.py"}


def test_a_file_with_a_mistake_is_kept_and_its_imports_are_not_known(root):
    (root / "one.py").write_text("import unused\ndef (")
    assert "unused.py" not in imported_files(root, "main.py")


def test_what_cannot_be_kept(root, monkeypatch):
    with pytest.raises(BadSource, match=r"absent.py cannot be read"):
        imported_files(root, "absent.py")
    monkeypatch.setattr(module, "_MOST_BYTES", 30)
    with pytest.raises(BadSource, match=r"main.py imports more than"):
        imported_files(root, "main.py")


def test_dotted_names():
    names = {path: module_name(path) for path in ("a.py", "a/b.py", "a/__init__.py", "a.b.py", "my file.py")}
    assert list(names.values()) == ["a", "a.b", "a", "a_b", "my file"]
