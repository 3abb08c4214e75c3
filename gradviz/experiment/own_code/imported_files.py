"""The files that a Python file imports from its own folder, found without running any of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from gradviz.experiment.own_code.reference import BadSource

_MOST_BYTES = 5_000_000
_INIT = "__init__.py"
_THIS_PACKAGE = __name__.partition(".")[0]


def imported_files(root: Path, main: str) -> dict[str, bytes]:
    """A file and all that it imports from a folder, directly or through others.

    Parameters
    ----------
    root : Path
        The folder that is searched.
    main : str
        Path of the first file, relative to ``root``, with ``/``.

    Returns
    -------
    dict of str to bytes
        Content by relative path. An import inside of a function counts too; one whose name is computed, one
        of gradviz itself, and files that are only read, do not.

    Raises
    ------
    BadSource
        If a file cannot be read, or there are more than five million bytes.
    """
    found: dict[str, bytes] = {}
    waiting = [*_packages_of(root, main), main]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        try:
            found[path] = (root / path).read_bytes()
        except OSError as error:
            raise BadSource(f"{root / path} cannot be read ({error.strerror})") from error
        if sum(map(len, found.values())) > _MOST_BYTES:
            raise BadSource(
                f"{root / main} imports more than {_MOST_BYTES // 10**6} MB of code from its folder; import "
                "a package of that size as an installed one"
            )
        waiting += [file for name in _imports(found[path], path) for file in _files_of(root, name)]
    return found


def module_name(path: str) -> str:
    """Dotted name of a file, for example ``tasks.mine`` for ``tasks/mine.py``."""
    pure = PurePosixPath(path)
    parts = pure.parts[:-1] if pure.name == _INIT else (*pure.parts[:-1], pure.stem.replace(".", "_"))
    return ".".join(parts)


def _packages_of(root: Path, path: str) -> list[str]:
    parents = [str(parent / _INIT) for parent in PurePosixPath(path).parents if parent.parts]
    return [init for init in parents if (root / init).is_file()]


def _imports(code: bytes, path: str) -> Iterator[str]:
    """Dotted names, from the root, of whatever may be a module."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):  # its import will say where
        return
    package = PurePosixPath(path).parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from filter(None, [start])
            yield from (f"{start}.{one.name}".lstrip(".") for one in node.names)


def _files_of(root: Path, name: str) -> Iterator[str]:
    """The file of a module and the ``__init__.py`` of the packages around it, as far as they exist."""
    parts = name.split(".")
    if parts[0] == _THIS_PACKAGE:
        return
    for depth in range(1, len(parts) + 1):
        place = "/".join(parts[:depth])
        for candidate in (f"{place}/{_INIT}", f"{place}.py"):
            if (root / candidate).is_file():
                yield candidate
                break
