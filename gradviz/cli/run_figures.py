"""The figures in a run's folder."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from gradviz.plots.drawing.baseline import TRIVIAL
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
    target = folder / FIGURES
    names = [target / "gradient_heatmap.png", target / "learning_curve.png"]
    if all(name.exists() for name in names):
        return
    mpl.use("agg")
    target.mkdir(exist_ok=True)
    tree = load(folder)
    with use_style("slides"):
        heatmap = plot_gradient_heatmap(tree)
        curve = plot_learning_curve(
            tree,
            baseline=float(tree.attrs[BASELINE]),
            baseline_meaning=str(tree.attrs.get(BASELINE_MEANING, TRIVIAL)),
        )
        for name, ax in zip(names, (heatmap, curve), strict=True):
            figure = ax.get_figure(root=True)
            if figure is not None:
                write_figure(figure, name)
                plt.close(figure)
