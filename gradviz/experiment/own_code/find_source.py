"""Find the source of what ``FILE.py:NAME`` or ``MODULE:NAME`` names."""

from __future__ import annotations

import difflib
import importlib.util
import site
import sysconfig
from importlib.machinery import ModuleSpec
from pathlib import Path

from gradviz.experiment.own_code.imported_files import imported_files
from gradviz.experiment.own_code.reference import BadSource, Reference
from gradviz.experiment.own_code.source import Source, is_kept, kept_source, remember


def find_source(reference: Reference, folder: Path) -> Source:
    """The source of a reference.

    Parameters
    ----------
    reference : Reference
    folder : Path
        What the path of a file is relative to. A module is searched there, then as an import does.

    Returns
    -------
    Source
        With all files that it imports from its folder; of a module in a package, from the folder of the
        outermost package. Of an installed package there is only an import.

    Raises
    ------
    BadSource
        If there is no such file or module.
    """
    where = reference.where
    if is_kept(where):
        return kept_source(where, folder)
    if where.endswith(".py"):
        return remember(_of_file(folder / where))
    return remember(_of_module(where, reference.name, folder))


def importing(module: str, name: str) -> Source:
    """The source of something in an installed package: a file that imports it."""
    return Source(f"{name}.py", {f"{name}.py": f"from {module} import {name}\n".encode()})


def is_installed(path: Path) -> bool:
    """Whether a file is of Python itself or of an installed package."""
    places = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return any(path.is_relative_to(place) for place in (*places, site.getusersitepackages()) if place)


def _of_file(path: Path) -> Source:
    if path.is_file():
        path = path.resolve()
        return Source(path.name, imported_files(path.parent, path.name), str(path.parent))
    beside = [one.name for one in path.parent.glob("*.py")] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise BadSource(f"there is no file {path}{hint}")


def _of_module(module: str, name: str, folder: Path) -> Source:
    main = _path_in(folder, module)
    if main is not None:
        return Source(main, imported_files(folder, main), str(folder.resolve()))
    found = _top_level(module)
    if found is None:
        raise BadSource(f"there is no module {module!r} to import; looked in {folder.absolute()}")
    if found.origin is None or not found.has_location or is_installed(Path(found.origin)):
        return importing(module, name)
    root = Path(found.origin).resolve().parent
    root = root.parent if found.submodule_search_locations else root
    main = _path_in(root, module)
    if main is None:
        raise BadSource(f"there is no module {module!r} in {root}")
    return Source(main, imported_files(root, main), str(root))


def _top_level(module: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(module.partition(".")[0])  # which imports nothing
    except (ImportError, ValueError):
        return None


def _path_in(root: Path, module: str) -> str | None:
    place = module.replace(".", "/")
    for candidate in (f"{place}.py", f"{place}/__init__.py"):
        if (root / candidate).is_file():
            return candidate
    return None
