"""What a module imports, read from its source: a function from text to the modules it needs.

Every spelling counts: at the top or in a function, ``importlib.import_module`` with a literal, a name that
``gradviz`` loads lazily (``gv.record``, ``from gradviz import record``), a submodule of a package, and
imports that only type checkers read.  An import whose target is computed is reported as such.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

PACKAGE = "gradviz"
HOMES = "_HOME_OF"  # the table in gradviz/__init__.py: a lazy name and the module that defines it
COMPUTED = "(computed)"
_LOADERS = {"import_module", "__import__"}


class Import(NamedTuple):
    """One import of a module: the target, or `COMPUTED` where the source does not say which."""

    target: str
    line: int
    relative: bool = False


def lazy_homes(source: str) -> dict[str, str]:
    """The table of lazy names in the source of ``gradviz/__init__.py``; empty where there is none."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", None) == HOMES for t in node.targets):
            return dict(ast.literal_eval(node.value))
    return {}


def imports_of(name: str, sources: Mapping[str, str]) -> list[Import]:
    """Every import in the module ``name``.

    Parameters
    ----------
    name : str
        Dotted name of the module to read.
    sources : mapping of str to str
        Source text of every module of the package, by dotted name; a package has the name of its folder.

    Returns
    -------
    list of Import
        Targets are modules of ``sources`` where one is meant, and otherwise the name as written.  An
        import of ``package.module`` counts as one of ``package`` too, unless the importer is inside it.
    """
    reader = _Reader(name, sources)
    found = [*reader.statements(), *reader.attributes(), *reader.calls()]
    with_packages = [one for each in found for one in _with_packages(each, name, sources)]
    return sorted(set(with_packages), key=lambda one: (one.line, one.target))


def graph_of(sources: Mapping[str, str]) -> dict[str, list[Import]]:
    """The imports of every module of ``sources``."""
    return {name: imports_of(name, sources) for name in sources}


def _with_packages(found: Import, name: str, sources: Mapping[str, str]) -> Iterator[Import]:
    """An import and those of the packages around its target, which Python runs first."""
    yield found
    package = found.target.rpartition(".")[0]
    while package in sources and package != PACKAGE:
        if not f"{name}.".startswith(f"{package}."):
            yield found._replace(target=package)
        package = package.rpartition(".")[0]


class _Reader:
    """The three ways in which one module's source can import another."""

    def __init__(self, name: str, sources: Mapping[str, str]):
        self._name, self._sources = name, sources
        self._nodes = list(ast.walk(ast.parse(sources[name])))
        self._homes = lazy_homes(sources.get(PACKAGE, ""))
        self._loaders = set(_LOADERS)  # and the names under which this module imports them
        self._modules: dict[str, str] = {}  # local name -> module of the package

    def statements(self) -> Iterator[Import]:
        """``import`` and ``from ... import``; collects what they call modules and loaders."""
        for node in self._nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno)
                    head = alias.name.partition(".")[0]
                    self._modules[alias.asname or head] = alias.name if alias.asname else head
            elif isinstance(node, ast.ImportFrom):
                yield from self._from(node)
        for node in self._nodes:  # plots = gv.plots
            if isinstance(node, ast.Assign) and (module := self._module_of(node.value)):
                self._modules.update((t.id, module) for t in node.targets if isinstance(t, ast.Name))

    def _from(self, node: ast.ImportFrom) -> Iterator[Import]:
        module = self._absolute(node)
        for alias in node.names:
            if alias.name in _LOADERS:
                self._loaders.add(alias.asname or alias.name)
            names = self._homes if module == PACKAGE and alias.name == "*" else [alias.name]
            for name in names:
                target = self._member(module, name) or module
                yield Import(target, node.lineno, relative=node.level > 0)
                if target in self._sources:
                    self._modules[alias.asname or name] = target

    def _absolute(self, node: ast.ImportFrom) -> str:
        """The module of a ``from`` import; a relative one is counted from this module's package."""
        if not node.level:
            return node.module or ""
        parts = self._name.split(".")
        is_package = any(other.startswith(f"{self._name}.") for other in self._sources)
        package = parts[: len(parts) + is_package - node.level]
        return ".".join([*package, *filter(None, [node.module])])

    def _member(self, module: str, name: str) -> str | None:
        """The module that ``module.name`` refers to: a submodule, or the home of a lazy name."""
        if f"{module}.{name}" in self._sources:
            return f"{module}.{name}"
        return self._homes.get(name) if module == PACKAGE else None

    def attributes(self) -> Iterator[Import]:
        """``gv.record`` and ``gv.plots.text``, and ``getattr`` with a literal."""
        for node in self._nodes:
            if isinstance(node, ast.Attribute):
                target = self._module_of(node)
            elif _called(node) == "getattr" and isinstance(node, ast.Call) and len(node.args) > 1:
                target = self._attribute_of(node.args[0], _literal(node.args[1]))
            else:
                continue
            if target:
                yield Import(target, node.lineno)

    def _module_of(self, node: ast.AST) -> str | None:
        """The module of the package that a name, a chain of attributes or an import by name refers to."""
        if isinstance(node, ast.Name | ast.Call):
            module = self._modules.get(node.id) if isinstance(node, ast.Name) else self._loaded(node)
            return module if module in self._sources else None
        return self._attribute_of(node.value, node.attr) if isinstance(node, ast.Attribute) else None

    def _attribute_of(self, owner: ast.AST, attribute: str | None) -> str | None:
        module = self._module_of(owner)
        return self._member(module, attribute) if module and attribute else None

    def calls(self) -> Iterator[Import]:
        """``import_module("...")`` and ``__import__("...")``, and any other use of the two."""
        with_literal = set()
        for node in self._nodes:
            if isinstance(node, ast.Call) and (target := self._loaded(node)):
                with_literal.add(node.func)
                yield Import(target, node.lineno)
        for node in self._nodes:
            is_loader = isinstance(node, ast.Name | ast.Attribute) and _last(node) in self._loaders
            if is_loader and node not in with_literal:
                yield Import(COMPUTED, node.lineno)

    def _loaded(self, node: ast.Call) -> str | None:
        """The literal that a call of a loader names, if it is one and absolute."""
        if _called(node) not in self._loaders:
            return None
        given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
        target = _literal(given[0]) if given else None
        return None if target is None or target.startswith(".") else target


def _called(node: ast.AST) -> str | None:
    return _last(node.func) if isinstance(node, ast.Call) else None


def _last(node: ast.AST) -> str | None:
    """The last part of a dotted name."""
    return getattr(node, "attr", getattr(node, "id", None))


def _literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
