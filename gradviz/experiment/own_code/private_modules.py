"""Import a source without a trace in what others import: two files of one name do not collide."""

from __future__ import annotations

import builtins
import linecache
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from gradviz.experiment.own_code.failure import failure
from gradviz.experiment.own_code.imported_files import module_name
from gradviz.experiment.own_code.reference import BadSource, named_in
from gradviz.experiment.own_code.source import Source

_PREFIX = "gradviz_source_"


def load(source: Source, name: str) -> Any:
    """What a source calls by a name; its files are run at the first time.

    What is run are the bytes that were hashed. An edited file has another digest, and so is run anew.

    Parameters
    ----------
    source : Source
    name : str

    Returns
    -------
    object

    Raises
    ------
    BadSource
        If the source fails; the message names file, line and exception.
    UnknownName
        If it has no such name.
    """
    try:
        module = _PrivateModules(source).load(module_name(source.main))
    except BadSource:
        raise
    except (Exception, SystemExit) as error:
        raise BadSource(f"importing {source.main} failed: {failure(error, [source])}") from error
    return named_in(module, source.main, name)


class _PrivateModules:
    """The modules of one source, in ``sys.modules`` under names with its digest.

    Their ``import`` finds the files of the source first, under their ordinary names, also where a function
    imports when it is called.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._prefix = source, f"{_PREFIX}{source.digest}"
        self._paths = {module_name(path): path for path in source.files}
        self._packages = {
            ".".join(parts[:depth])
            for parts in (name.split(".") for name in self._paths)
            for depth in range(1, len(parts))
        }

    def load(self, name: str) -> ModuleType:
        full = f"{self._prefix}.{name}"
        if full in sys.modules:
            return sys.modules[full]
        parent, _, last = name.rpartition(".")
        around = self.load(parent) if parent else None
        path = self._paths.get(name)
        module = ModuleType(full)
        is_package = path is None or path.endswith("__init__.py")
        module.__package__ = full if is_package else full.rpartition(".")[0]
        if is_package:
            module.__path__ = []
        sys.modules[full] = module
        if path is not None:
            try:
                self._run(module, path)
            except BaseException:
                del sys.modules[full]
                raise
        if around is not None:
            setattr(around, last, module)
        return module

    def _run(self, module: ModuleType, path: str) -> None:
        code = self._source.files[path]
        module.__file__ = self._source.path(path)
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
        if not self._source.root:  # so that a traceback can show its lines
            lines = code.decode().splitlines(keepends=True)
            linecache.cache[module.__file__] = (len(code), None, lines, module.__file__)
        exec(compile(code, module.__file__, "exec", dont_inherit=True), module.__dict__)

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        target = self._absolute(name, (globals or {}).get("__package__"), level) if level else name
        if not self._has(target):
            if level:
                raise ImportError(f"there is no {target or name!r} in the folder of {self._source.main}")
            return builtins.__import__(name, globals, locals, fromlist or (), 0)
        if not fromlist and not level:
            self.load(target)
            return self.load(target.partition(".")[0])
        module = self.load(target) if target else ModuleType(self._prefix)
        for one in fromlist or ():
            inner = f"{target}.{one}".lstrip(".")
            if not hasattr(module, one) and self._has(inner):
                setattr(module, one, self.load(inner))
        return module

    def _has(self, name: str) -> bool:
        return name == "" or name in self._paths or name in self._packages

    def _absolute(self, name: str, package: Any, level: int) -> str:
        inside = str(package).split(".")[1:]
        if level > len(inside) + 1:
            raise ImportError(f"the relative import of {name!r} leads out of the folder of its source")
        return ".".join([*inside[: len(inside) + 1 - level], *([name] if name else [])])
