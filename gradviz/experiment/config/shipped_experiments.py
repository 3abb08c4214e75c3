"""The experiments that come with gradviz, by name."""

from __future__ import annotations

from pathlib import Path

import gradviz

_PACKAGE = Path(gradviz.__file__).parent


def shipped_experiments() -> dict[str, Path]:
    """The files of the experiments that come with gradviz, by name.

    An installed package holds them in a folder of its own, where the build has copied them; in the sources
    they stand in ``experiments/`` beside the package.

    Returns
    -------
    dict of str to Path
        In the order of the names; what one writes in place of a file: ``gradviz run adding``.
    """
    installed = _PACKAGE / "experiments"
    folder = installed if installed.is_dir() else _PACKAGE.parent / "experiments"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def file_of(path: Path) -> Path:
    """The file that a path means: itself, or that of a shipped experiment if it is the name of one."""
    if path.is_file() or path.name != str(path):
        return path
    return shipped_experiments().get(path.name, path)
