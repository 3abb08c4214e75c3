"""The figures in a run's folder."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from gradviz.cli.figure_files import figure_files, figures_exist
from gradviz.plots.drawing.baseline import TRIVIAL
from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.style import use_style
from gradviz.plots.drawing.write_figure import write_figure
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.shared_limits import shared_limits
from gradviz.recording.load import load
from gradviz.recording.tree import module_names, select_module
from gradviz.runs.run_files import FIGURES
from gradviz.vocabulary import BASELINE, BASELINE_MEANING

_MOST_MODULES = 4  # more would be too flat to be read


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
        of_gradient = _heatmaps(tree)
        of_loss = plot_learning_curve(
            tree,
            baseline=float(tree.attrs[BASELINE]) if BASELINE in tree.attrs else None,
            baseline_meaning=str(tree.attrs.get(BASELINE_MEANING, TRIVIAL)),
        )
        for name, figure in ((heatmap, of_gradient), (curve, figure_of(of_loss))):
            write_figure(figure, name)
            plt.close(figure)


def _heatmaps(tree: xr.DataTree) -> Figure:
    """The gradient in each recurrent module on one scale, of the first ones if there are many."""
    names = module_names(tree)
    if len(names) == 1:
        return figure_of(plot_gradient_heatmap(tree))
    shown = names[:_MOST_MODULES]
    limits = shared_limits([select_module(tree, module=name) for name in shown])
    figure, axes = plt.subplots(len(shown), 1, layout="constrained", squeeze=False)
    for name, ax in zip(shown, axes[:, 0], strict=True):
        plot_gradient_heatmap(tree, module=name, ax=ax, limits=limits)
        ax.set_title(plain_text(name))
    if len(names) > len(shown):
        figure.suptitle(f"{len(shown)} of {len(names)} recurrent modules")
    return figure
