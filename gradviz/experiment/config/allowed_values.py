"""What a key of an experiment's file can be, in words, read from the schema."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Union

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AfterValidator, BeforeValidator
from pydantic.fields import FieldInfo

_LIMITS = ((Ge, "ge", "at least"), (Gt, "gt", "above"), (Le, "le", "at most"), (Lt, "lt", "below"))
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", dict: "a table"}
_BEYOND = 2**62  # limits that are those of the machine


class Kind(typing.NamedTuple):
    """One type that a value can have, and what limits it."""

    type: Any
    metadata: tuple[Any, ...]


def allowed_values(field: FieldInfo) -> str:
    """What a field takes, for example ``"a whole number of at least 1"`` or ``'one of "gru", "lstm"'``.

    Returns
    -------
    str
        Empty where the types alone do not tell more than the default.
    """
    found = [_in_words(kind) for kind in kinds(field) if kind.type is not type(None)]
    if set(found) == {_WORDS[str]} or any(_is_read_first(kind) for kind in kinds(field)):
        found = [words for words in found if words != _WORDS[str]]  # some words, which a description names
    return " or ".join(dict.fromkeys(words for words in found if words))


def _is_read_first(kind: Kind) -> bool:
    return any(isinstance(one, BeforeValidator) for one in kind.metadata)


def one_of(names: Iterable[str]) -> str:
    """Names in words: ``'one of "gru", "lstm"'``, or a single one."""
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"one of {', '.join(quoted)}"


def kinds(field: FieldInfo) -> list[Kind]:
    """The types that a field takes, those of a union one by one."""
    return list(_kinds(field.annotation, tuple(field.metadata)))


def names_of(metadata: Iterable[Any]) -> tuple[str, ...]:
    """The names that a value is checked against; none where it is not."""
    for one in metadata:
        check = getattr(one, "func", None) if isinstance(one, AfterValidator) else None
        if isinstance(check, functools.partial) and "names" in check.keywords:
            return tuple(check.keywords["names"])
    return ()


def _kinds(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[Kind]:
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        inner, *more = typing.get_args(annotation)
        flat = [part for one in more for part in (one.metadata if isinstance(one, FieldInfo) else [one])]
        yield from _kinds(inner, (*metadata, *flat))
    elif origin in (Union, types.UnionType):
        for one in typing.get_args(annotation):
            yield from _kinds(one, metadata)
    else:
        yield Kind(origin or annotation, metadata)


def _in_words(kind: Kind) -> str:
    names = names_of(kind.metadata)
    if names:
        return one_of(names)
    limits = [
        f"{word} {limit:g}"
        for one in kind.metadata
        for limit_type, attribute, word in _LIMITS
        if isinstance(one, limit_type) and abs(limit := getattr(one, attribute)) < _BEYOND
    ]
    word = _WORDS.get(kind.type, "a list" if kind.type in (list, tuple) else "")
    if not limits or not word:
        return word
    joined = " and ".join(limits)
    return f"{word} {'of ' if joined.startswith('at') else ''}{joined}"
