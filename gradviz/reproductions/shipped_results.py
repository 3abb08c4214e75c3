"""The results of papers' claims that come with gradviz."""

from __future__ import annotations

from pathlib import Path

import gradviz
from gradviz.reproductions.result_file import ReproductionResult, read_result_file

_PACKAGE = Path(gradviz.__file__).parent


def results_folder() -> Path:
    """Folder of the result files: in an installed package its own, in the sources ``experiments/results``."""
    installed = _PACKAGE / "experiments"
    return (installed if installed.is_dir() else _PACKAGE.parent / "experiments") / "results"


def shipped_results(folder: Path | None = None) -> list[ReproductionResult]:
    """The results that come with gradviz, in the order of their names; none if there is no folder.

    Parameters
    ----------
    folder : Path, optional
        In place of `results_folder`.

    Raises
    ------
    BadResultFile
        If a file is damaged.
    """
    return [read_result_file(path) for path in sorted((folder or results_folder()).glob("*.json"))]
