"""The global names that a piece of source reads, and what they stand for around a function or a class."""

from __future__ import annotations
import __future__

import builtins
import dis
import inspect
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

_READS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLASSDEREF")


def names_used(text: str) -> list[str]:
    """Names that are read and not defined by the text itself, sorted; without those of Python.

    Parameters
    ----------
    text : str
        Definitions, as at the top of a module.
    """
    code = compile(text, "<source>", "exec", dont_inherit=True)
    defined = {one.argval for one in dis.get_instructions(code) if one.opname == "STORE_NAME"}
    read = {one.argval for part in _parts(code) for one in dis.get_instructions(part) if one.opname in _READS}
    return sorted(name for name in read - defined if not hasattr(builtins, name) and name != "__name__")


def _parts(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _parts(inner)


def has_late_annotations(thing: Any) -> bool:
    """Whether a function or class comes from a file with ``from __future__ import annotations``."""
    flag = __future__.annotations.compiler_flag
    return any(function.__code__.co_flags & flag for function in _functions(thing))


def value_of(name: str, thing: Any) -> tuple[bool, Any]:
    """Whether a name is known where a function or class was defined, and its value.

    Parameters
    ----------
    name : str
    thing : function or class
        Of a class, the surroundings are those of its methods.
    """
    for function in _functions(thing):
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
        if name in cells:
            try:
                return True, cells[name].cell_contents
            except ValueError:  # not set yet
                return False, None
        if name in function.__globals__:
            return True, function.__globals__[name]
    for base in getattr(thing, "__mro__", ())[1:]:  # of a class in a function no method need know them
        if base.__name__ == name:
            return True, base
    around = vars(sys.modules[thing.__module__]) if thing.__module__ in sys.modules else {}
    return name in around, around.get(name)


def _functions(thing: Any) -> list[Any]:
    thing = inspect.unwrap(thing)
    if inspect.isfunction(thing):
        return [thing]
    members = (getattr(one, "fget", None) or getattr(one, "__func__", one) for one in vars(thing).values())
    return [one for one in members if inspect.isfunction(one)]
