"""Where the results of papers' claims lie, and the page and the figures that are made from them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gradviz.errors import unknown_name
from gradviz.experiment.config.shipped_experiments import shipped_reproductions
from gradviz.reproductions.result_file import BadResultFile, ReproductionResult, read_result_file

PAPERS = Path("experiments") / "papers"
"""Where papers' files lie in a copy of the sources."""

_RESULTS = Path("experiments") / "results"
_ELSEWHERE = Path("reproductions")
_PAGE, _FIGURES = "RESULTS.md", "figures"


class Places(NamedTuple):
    """Folders and files of results.

    Attributes
    ----------
    results : Path
        Folder of the result files.
    page : Path
    figures : Path
        Folder of the pictures.
    """

    results: Path
    page: Path
    figures: Path

    def result_file(self, name: str) -> Path:
        """The result file of a paper."""
        return self.results / f"{name}.json"


def places(results: Path | None = None) -> Places:
    """Where results lie, and what is made from them.

    Parameters
    ----------
    results : Path, optional
        Folder of the result files, in which the page and the figures then lie too. By default it is
        ``experiments/results`` where the current folder has ``experiments/papers``, with the page in
        ``experiments`` and the pictures in ``figures/reproductions``; else ``reproductions``.
    """
    if PAPERS.is_dir() and results in (None, _RESULTS):
        return Places(_RESULTS, _RESULTS.parent / _PAGE, Path("figures") / "reproductions")
    folder = _ELSEWHERE if results is None else results
    return Places(folder, folder / _PAGE, folder / _FIGURES)


def known_papers() -> dict[str, Path]:
    """The papers' files in ``experiments/papers`` of the current folder, by name; else the shipped ones."""
    if PAPERS.is_dir():
        return {path.stem: path for path in sorted(PAPERS.glob("*.toml"))}
    return shipped_reproductions()


def paper_path(name: str) -> Path:
    """The file of a paper: that path itself, or the one of this name.

    Raises
    ------
    UnknownName
        If it is neither a file nor the name of a known paper.
    """
    path, known = Path(name), known_papers()
    if path.is_file() or path.suffix == ".toml":
        return path
    if name not in known:
        raise unknown_name("paper", name, known)
    return known[name]


def read_results(folder: Path) -> tuple[list[ReproductionResult], list[str]]:
    """All results in a folder, in the order of their names, and a line for each file that cannot be used.

    Parameters
    ----------
    folder : Path
        It need not exist.
    """
    found, damaged = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(read_result_file(path))
        except (BadResultFile, OSError) as error:
            damaged.append(str(error))
    return found, damaged
