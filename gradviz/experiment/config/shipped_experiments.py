"""The experiments and the papers' claims that come with gradviz, by name."""

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
    return _by_name(_folder())


def shipped_reproductions() -> dict[str, Path]:
    """The files of papers' claims that come with gradviz, by name, as `shipped_experiments`.

    Returns
    -------
    dict of str to Path
        In the order of the names: ``gradviz reproduce le2015``.
    """
    return _by_name(_folder() / "papers")


def results_folder() -> Path:
    """Folder of the result files of papers' claims that come with gradviz, as `shipped_experiments`."""
    return _folder() / "results"


def file_of(path: Path) -> Path:
    """The file that a path means: itself, or that of a shipped experiment or claim if it is its name."""
    if path.is_file() or path.name != str(path):
        return path
    return {**shipped_reproductions(), **shipped_experiments()}.get(path.name, path)


def _folder() -> Path:
    installed = _PACKAGE / "experiments"
    return installed if installed.is_dir() else _PACKAGE.parent / "experiments"


def _by_name(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}
