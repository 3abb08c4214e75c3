"""The files of the figures in a run's folder."""

from __future__ import annotations

from pathlib import Path

from gradviz.runs.run_files import FIGURES


def figure_files(folder: Path) -> tuple[Path, Path]:
    """The pictures of the gradient and of the loss over training.

    Parameters
    ----------
    folder : Path
        Of the run.
    """
    return folder / FIGURES / "gradient_heatmap.png", folder / FIGURES / "learning_curve.png"


def figures_exist(folder: Path) -> bool:
    """Whether both are there, so that nothing has to be imported to draw them."""
    return all(file.is_file() for file in figure_files(folder))
