"""The results of papers' claims that come with gradviz."""

from __future__ import annotations

from pathlib import Path

from gradviz.experiment.config.shipped_experiments import results_folder
from gradviz.reproductions.result_file import BadResultFile, ReproductionResult
from gradviz.reproductions.result_folder import read_results


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
    found, damaged = read_results(folder or results_folder())
    if damaged:
        raise BadResultFile("; ".join(damaged))
    return found
