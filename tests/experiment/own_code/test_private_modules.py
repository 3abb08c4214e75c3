"""Import a source: its own files first, nothing left behind, errors with their line."""

import sys

import pytest

from gradviz.errors import UnknownName
from gradviz.experiment.own_code.private_modules import load
from gradviz.experiment.own_code.reference import BadSource
from gradviz.experiment.own_code.source import Source


def of(root="", **files):
    """A source; in the names of the files ``__`` stands for ``/``."""
    paths = {f"{name.replace('__', '/')}.py": text.encode() for name, text in files.items()}
    return Source(next(iter(paths)), paths, root)


def test_two_files_of_one_name_with_imports_of_one_name():
    late = "def make():\n    import beside\n    return beside.value\n"
    first, second = (of(mine=late, beside=f"value = {value}\n") for value in (1, 2))
    assert (load(first, "make")(), load(second, "make")(), load(first, "make")()) == (1, 2, 1)
    assert not {"mine", "beside"} & set(sys.modules)


def test_every_form_of_import_finds_the_own_files():
    code = (
        "import package.part\nimport package.part as other\nfrom package import part, value\n"
        "from package.part import x as y\nfrom . import beside\nimport os.path\nfrom json import dumps\n"
        "def make():\n    return package.part is other is part, y, value, beside.z, dumps([1])\n"
    )
    source = Source(
        "main.py",
        {
            "main.py": code.encode(),
            "beside.py": b"z = 4\n",
            "package/__init__.py": b"value = 3\n",
            "package/part.py": b"from .sibling import x\nfrom ..beside import z\n",
            "package/sibling.py": b"x = 2\n",
            "json.py": b"def dumps(x): return 'mine'\n",
        },
    )
    assert load(source, "make")() == (True, 2, 3, 4, "mine")
    import json

    assert json.dumps([1]) == "[1]"


def test_a_module_is_run_once_and_an_edited_one_anew():
    code = "import sys\nsys.counted = getattr(sys, 'counted', 0) + 1\ndef make(): return {}\n"
    try:
        assert [load(of(mine=code.format(value)), "make")() for value in (1, 1, 2)] == [1, 1, 2]
        assert sys.counted == 2
    finally:
        del sys.counted


def test_a_dataclass_and_its_file(tmp_path):
    code = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass(frozen=True)\nclass Mine:\n    length: int = 3\nplace = __file__\n"
    )
    source = of(str(tmp_path), mine=code)
    assert load(source, "Mine")(4).length == 4
    assert load(source, "place") == str(tmp_path / "mine.py")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\nmake = absent\n", "importing mine.py failed: mine.py, line 2: NameError: name 'absent'"),
        ("\ndef make(:\n", "importing mine.py failed: mine.py, line 2: SyntaxError: "),
        ("import absent_module\n", "mine.py, line 1: ModuleNotFoundError: No module named 'absent_module'"),
        ("from . import absent\n", "mine.py, line 1: ImportError: cannot import name 'absent'"),
        ("from .absent import x\n", "mine.py, line 1: ImportError: there is no 'absent' in the folder"),
        ("from .. import x\n", "leads out of the folder of its source"),
        ("import sys\nsys.exit(2)\n", "mine.py, line 2: it ended the program"),
        (
            "import beside\n",
            "importing mine.py failed: beside.py, line 1: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_an_error_has_its_line(code, message):
    before = set(sys.modules)
    with pytest.raises(BadSource) as raised:
        load(of(mine=code, beside="1 / 0\n"), "make")
    assert message in str(raised.value)
    assert not [name for name in set(sys.modules) - before if name.endswith((".mine", ".beside"))]


def test_a_name_that_is_not_there():
    with pytest.raises(UnknownName, match=r"unknown name 'mak' in mine.py; did you mean 'make'\?"):
        load(of(mine="def make(): pass\n"), "mak")
