"""The source of a function or a class that is given from Python, as a file that can be run anywhere."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from gradviz.experiment.own_code.find_source import importing, is_installed
from gradviz.experiment.own_code.imported_files import imported_files
from gradviz.experiment.own_code.names_used import has_late_annotations, names_used, value_of
from gradviz.experiment.own_code.reference import BadSource
from gradviz.experiment.own_code.source import Source, remember
from gradviz.experiment.own_code.written_text import as_literal, text_of

_LAMBDA = "<lambda>"
_MAIN = "__main__"
_FUTURE = "from __future__ import annotations\n"
_MODULES_OF_BUILT_INS = ("torch", "torch.nn.functional", "math", "numpy", "typing")


def source_of(thing: Any) -> tuple[Source, str]:
    """The source of a function or a class, and its name in there.

    Parameters
    ----------
    thing : function or class
        From a module: the file of the module. From a notebook, a script or inside of a function: a file with
        its text, and before it the imports, the definitions and the plain values that it uses. From an
        installed package: a file that imports it.

    Returns
    -------
    Source, str

    Raises
    ------
    BadSource
        If its source cannot be had, or it uses an object whose source cannot be had.
    """
    name = getattr(thing, "__name__", "")
    if inspect.ismethod(thing):
        raise BadSource(f"{thing.__qualname__} is a method of an object; give a function or a class")
    if not isinstance(thing, type) and not inspect.isroutine(thing) and not _is_function(thing):
        raise BadSource(f"an object of type {type(thing).__name__} is not a function or a class")
    home = _home(thing, name)
    if home is None:
        return _written(thing)
    module, name = home
    return remember(_of_module(sys.modules[module], name)), name


def _home(thing: Any, name: str) -> tuple[str, str] | None:
    """A module that others can import, and the name there; None for what is defined elsewhere."""
    given = getattr(thing, "__module__", None)
    for module in (given, *_MODULES_OF_BUILT_INS):
        found = sys.modules.get(module) if isinstance(module, str) else None
        if found is None or module == _MAIN or not getattr(found, "__spec__", None):
            continue
        if hasattr(found, name) and getattr(found, name) is thing:
            return found.__name__, name
    return None


def _is_function(value: Any) -> bool:
    """Whether it is a function, also with a decorator such as ``functools.lru_cache`` around it."""
    return inspect.isfunction(inspect.unwrap(value)) if callable(value) else False


def _own_name(value: Any) -> str | None:
    name = getattr(value, "__qualname__", None) or getattr(value, "_name", None)  # the latter of typing.Any
    return name if isinstance(name, str) else None


def _of_module(module: ModuleType, name: str) -> Source:
    file = getattr(module, "__file__", None)
    if file is None or not file.endswith(".py") or _is_package(module, Path(file)):
        return importing(module.__name__, name)
    root, main = _root_and_path(module.__name__, Path(file))
    return Source(main, imported_files(root, main), str(root))


def _is_package(module: ModuleType, file: Path) -> bool:
    return is_installed(file) or module.__name__.partition(".")[0] == __name__.partition(".")[0]


def _root_and_path(module: str, file: Path) -> tuple[Path, str]:
    file = file.resolve()
    inner = file.parent if file.name == "__init__.py" else file
    root = inner.parents[module.count(".")]
    return root, file.relative_to(root).as_posix()


def _written(thing: Any) -> tuple[Source, str]:
    writing = _Writing()
    name = writing.define(thing, "make" if thing.__name__ == _LAMBDA else thing.__name__)
    main = f"{name}.py" if f"{name}.py" not in writing.files else f"{name}_given.py"
    return remember(Source(main, {**writing.files, main: writing.text().encode()})), name


class _Writing:
    """The parts of a file, as far as they are written."""

    def __init__(self) -> None:
        self.imports: list[str] = []
        self.values: list[str] = []
        self.definitions: list[str] = []
        self.files: dict[str, bytes] = {}
        self._names: dict[str, Any] = {}
        self._future = False

    def text(self) -> str:
        """The whole file."""
        blocks = [[_FUTURE.strip()] if self._future else [], self.imports, self.values]
        top = "\n\n".join("\n".join(block) for block in blocks if block)
        return "\n\n\n".join([*([top] if top else []), *self.definitions]) + "\n"

    def define(self, thing: Any, name: str) -> str:
        """Write the definition of a function or class after all that it uses; returns its name."""
        own = name if thing.__name__ == _LAMBDA else thing.__name__
        if self._is_new(own, thing):
            text = text_of(thing)
            text = f"{own} = {text}" if thing.__name__ == _LAMBDA else text
            future = has_late_annotations(thing)
            self._future = self._future or future
            for used in names_used(_FUTURE * future + text):
                self._use(used, thing, own)
            self.definitions.append(text)
        if name != own and self._is_new(name, thing):
            self.definitions.append(f"{name} = {own}")
        return name

    def _is_new(self, name: str, thing: Any) -> bool:
        if name not in self._names:
            self._names[name] = thing
            return True
        known = self._names[name]
        if known is not thing and (as_literal(known) is None or as_literal(known) != as_literal(thing)):
            raise BadSource(f"two different things are called {name!r}; give one of them another name")
        return False

    def _use(self, name: str, thing: Any, user: str) -> None:
        found, value = value_of(name, thing)
        if not found or value is thing:
            return
        if isinstance(value, ModuleType):
            if self._is_new(name, value):
                self._import(value, f"import {value.__name__} as {name}")
            return
        literal = as_literal(value)
        home = None if literal is not None else _home(value, _own_name(value) or name)
        if home is not None:
            if self._is_new(name, value):
                module, there = home
                self._import(sys.modules[module], f"from {module} import {there} as {name}")
        elif isinstance(value, type) or _is_function(value):
            self.define(value, name)
        elif self._is_new(name, value):
            if literal is None:
                raise BadSource(
                    f"{user} uses {name!r}, a {type(value).__name__}, whose source is not known; make it "
                    f"inside of {user}, or give numbers and text as options"
                )
            self.values.append(f"{name} = {literal}")

    def _import(self, module: ModuleType, line: str) -> None:
        first, _, last = line.rpartition(" as ")
        self.imports.append(first if first.rpartition(" ")[2] == last else line)
        file = getattr(module, "__file__", None)
        if file is not None and file.endswith(".py") and not _is_package(module, Path(file)):
            self.files |= imported_files(*_root_and_path(module.__name__, Path(file)))
