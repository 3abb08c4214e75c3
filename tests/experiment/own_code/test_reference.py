"""References to code: their form, and the name that they mean."""

import types

import pytest

from gradviz.errors import UnknownName
from gradviz.experiment.own_code.reference import BadSource, is_reference, named_in, parse_reference, reason


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("mytasks.py:make", ("mytasks.py", "make")),
        ("../my tasks/ü.py:Größe", ("../my tasks/ü.py", "Größe")),
        ("C:/code/x.py:make", ("C:/code/x.py", "make")),
        ("package.module:Class", ("package.module", "Class")),
    ],
)
def test_its_two_parts(spec, expected):
    assert parse_reference(spec) == expected
    assert is_reference(spec)


@pytest.mark.parametrize("spec", ["x.py", "x.py:", ":make", "my tasks:make", "x.py:a.b", "a..b:make"])
def test_another_form_is_an_error(spec):
    assert is_reference(spec)
    with pytest.raises(BadSource, match=r"must be FILE.py:NAME or MODULE:NAME, for example mytasks.py:make"):
        parse_reference(spec)


def test_a_name_and_other_values_are_no_references():
    assert not any(map(is_reference, ("adding", "lstm", 3, None, ["a:b"])))


def test_a_wrong_name_is_told_with_those_that_the_module_defines():
    module = types.ModuleType("mine")
    exec("from os.path import join\ndef make(): pass\ndef _inner(): pass", module.__dict__)
    assert named_in(module, "mine.py", "make") is module.make
    with pytest.raises(UnknownName, match=r"^unknown name 'mak' in mine.py; did you mean .* \(make\)$"):
        named_in(module, "mine.py", "mak")


def test_a_reason_is_one_line_of_limited_length():
    assert reason(ValueError("first\n  second")) == "ValueError: first second"
    assert reason(KeyError()) == "KeyError"
    assert len(reason(ValueError("x" * 1000))) == len("ValueError: ") + 300
    assert "__main__" in reason(SystemExit(2))
