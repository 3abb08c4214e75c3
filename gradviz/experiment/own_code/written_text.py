"""The text of a function, a class or a plain value, as it can stand at the top of a file."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from types import CodeType
from typing import Any

from gradviz.experiment.own_code.reference import BadSource


def text_of(thing: Any) -> str:
    """The source of a function or a class, from its file or its notebook; of a lambda its expression.

    Raises
    ------
    BadSource
        If there is none, as for what was typed at a plain prompt.
    """
    try:
        if getattr(thing, "__name__", "") == "<lambda>":
            return _lambda(thing)
        text = _class(thing) if isinstance(thing, type) else None
        return textwrap.dedent(text or inspect.getsource(thing)).strip()
    except (OSError, TypeError, SyntaxError) as error:
        raise BadSource(
            f"the source of {thing.__qualname__} cannot be found; define it in a file or in a notebook"
        ) from error


def _lambda(thing: Any) -> str:
    if hasattr(thing, "__wrapped__"):
        raise BadSource("a lambda with something around it has no source; write it as a function with def")
    lines, _ = inspect.findsource(thing)
    first, whole = thing.__code__.co_firstlineno, "".join(lines)
    found = {
        f"({ast.get_source_segment(whole, node)})"
        for node in ast.walk(ast.parse(whole))
        if isinstance(node, ast.Lambda) and node.lineno == first
    }
    alike = [text for text in found if _is_of(thing.__code__, text)]
    if len(alike) != 1:
        raise BadSource(
            f"line {first} has {len(found)} lambdas that cannot be told apart; write each as a function "
            "with def"
        )
    return alike[0]


def _is_of(code: CodeType, text: str) -> bool:
    """Whether code may be that of a lambda with this text, by its names and its constants."""
    (again,) = [one for one in compile(text, "", "eval").co_consts if isinstance(one, CodeType)]
    return (
        again.co_varnames == code.co_varnames
        and {*again.co_names, *again.co_freevars} == {*code.co_names, *code.co_freevars}
        and _plain_constants(again) == _plain_constants(code)
    )


def _plain_constants(code: CodeType) -> list[str]:
    return [repr(one) for one in code.co_consts if not isinstance(one, CodeType | str)]


def _class(thing: type) -> str | None:
    """The text of a class by a method of it, which also works in a notebook; None without a method."""
    for member in vars(thing).values():
        code = getattr(member, "__code__", None)
        if code is None or getattr(member, "__qualname__", "") != f"{thing.__qualname__}.{code.co_name}":
            continue
        lines = linecache.getlines(code.co_filename)
        for node in ast.walk(ast.parse("".join(lines))):
            if isinstance(node, ast.ClassDef) and node.name == thing.__name__:
                start = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                if start <= code.co_firstlineno <= (node.end_lineno or 0):
                    return "".join(lines[start - 1 : node.end_lineno])
    return None


def as_literal(value: Any) -> str | None:
    """A plain value as Python writes it; None for anything else."""
    text = repr(value)
    try:
        same = ast.literal_eval(text) == value
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return text if same is True else None
