"""Every small change of a source file that a test should notice, by mutmut's operators."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import libcst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

# Of a call of these neither the function nor what it is given is changed.
LEFT_AS_THEY_ARE = {"len", "isinstance", "cast", "TypeVar", "ParamSpec"}
# Decorators whose options change speed or comfort, not results.
COMFORT = {"dataclass", "overload", "lru_cache", "cache", "wraps"}
# What these are given is text for people.
WARN = {"warn", "warn_user"}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    lines: tuple[int, int]  # from the start of the statement to the end of what is changed
    in_function: bool
    operator: str
    original: libcst.CSTNode
    changed: libcst.CSTNode

    def code(self, module: libcst.Module) -> str:
        """The whole file with this change."""
        return module.deep_replace(self.original, self.changed).code


def difference(before: str, after: str) -> str:
    """The lines that differ, with - and +."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


class _Finder(libcst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Mutant] = []
        self._statements: list[int] = []
        self._functions = 0

    def on_visit(self, node: libcst.CSTNode) -> bool:
        if _is_left(node):
            return False
        if isinstance(node, libcst.BaseStatement | libcst.SimpleStatementLine):
            self._statements.append(self.get_metadata(PositionProvider, node).start.line)
        self._functions += isinstance(node, libcst.FunctionDef)
        if not isinstance(node, libcst.Module):
            self.found.extend(self._changes(node))
        return True

    def on_leave(self, original_node: libcst.CSTNode) -> None:
        if _is_left(original_node):
            return
        self._functions -= isinstance(original_node, libcst.FunctionDef)
        if isinstance(original_node, libcst.BaseStatement | libcst.SimpleStatementLine):
            self._statements.pop()

    def _changes(self, node: libcst.CSTNode) -> Iterator[Mutant]:
        position = self.get_metadata(PositionProvider, node, None)
        start = self._statements[-1] if self._statements else 1
        end = start if position is None else max(start, position.end.line)
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                changed = list(operator(node))
                if operator is operator_string:
                    changed = changed[:1]  # the others of a string change its case
                for one in changed:
                    name = operator.__name__.removeprefix("operator_")
                    yield Mutant((start, end), self._functions > 0, name, node, one)


def _name(node: libcst.BaseExpression) -> str:
    if isinstance(node, libcst.Call):
        node = node.func
    if isinstance(node, libcst.Attribute):
        node = node.attr
    return node.value if isinstance(node, libcst.Name) else ""


def _is_left(node: libcst.CSTNode) -> bool:
    """Text for people, types and imports are no subject of tests of numbers."""
    match node:
        case libcst.Raise() | libcst.Annotation() | libcst.Import() | libcst.ImportFrom():
            return True
        case libcst.If(test=libcst.Name("TYPE_CHECKING")):
            return True
        case libcst.Call():
            return _name(node.func) in LEFT_AS_THEY_ARE | WARN
        case libcst.Decorator():
            return _name(node.decorator) in COMFORT
    return _is_prose(node)


def _is_prose(node: libcst.CSTNode) -> bool:
    """A text with a blank between its words, and what is filled in there."""
    if isinstance(node, libcst.SimpleString | libcst.ConcatenatedString):
        text = node.evaluated_value
        return text is None or (isinstance(text, str) and " " in text.strip())
    if isinstance(node, libcst.FormattedString):
        texts = [part.value for part in node.parts if isinstance(part, libcst.FormattedStringText)]
        return any(" " in text.strip() for text in texts)
    return False


def mutants_of(source: str) -> tuple[libcst.Module, list[Mutant]]:
    """The parsed file and its mutants, in order."""
    wrapper = MetadataWrapper(libcst.parse_module(source))
    finder = _Finder()
    wrapper.visit(finder)
    return wrapper.module, finder.found


def compiles(code: str) -> bool:
    try:
        compile(code, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True
