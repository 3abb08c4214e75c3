"""The figures in a run's folder."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import xarray as xr

from gradviz.cli.figure_files import figure_files, figures_exist
from gradviz.plots.drawing.baseline import TRIVIAL
from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.style import use_style
from gradviz.plots.drawing.write_figure import write_figure
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.recording.load import load
from gradviz.runs.run_files import FIGURES
from gradviz.vocabulary import BASELINE, BASELINE_MEANING


def draw_figures(folder: Path) -> None:
    """Draw the gradient and the loss over training into a run's ``figures/``, unless both files exist.

    Parameters
    ----------
    folder : Path
        Folder of a run that is done.
    """
    if figures_exist(folder):
        return
    (folder / FIGURES).mkdir(exist_ok=True)
    tree = load(folder)
    heatmap, curve = figure_files(folder)
    draw(tree, heatmap=heatmap, curve=curve)


def draw(tree: xr.DataTree, *, heatmap: Path, curve: Path) -> None:
    """Draw both figures of a run's recording.

    Parameters
    ----------
    tree : DataTree
    heatmap, curve : Path
        Files for the gradient and for the loss.
    """
    mpl.use("agg")
    with use_style("slides"):
        of_gradient = plot_gradient_heatmap(tree)
        of_loss = plot_learning_curve(
            tree,
            baseline=float(tree.attrs[BASELINE]) if BASELINE in tree.attrs else None,
            baseline_meaning=str(tree.attrs.get(BASELINE_MEANING, TRIVIAL)),
        )
        for name, ax in ((heatmap, of_gradient), (curve, of_loss)):
            write_figure(figure_of(ax), name)
            plt.close(figure_of(ax))
