"""Gates and gradients of the character model over the course's sentence."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.character_run import READING, TRAINING, WINDOWS, character_run, setting, text_of
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.characters import label_characters
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.complete_curve import complete_curve
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.gradient_grid import GradientGrid, gradient_grid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.marks import marked_cells
from gradviz.plots.drawing.palette import gate_map
from gradviz.plots.drawing.ticks import power_of_ten
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import (
    BASELINE,
    BASELINE_MEANING,
    GATE,
    GATE_LEFT,
    GATE_RIGHT,
    LOG10_GRAD_H,
    SAMPLE,
    STEP,
    TIME,
)

CLAIM = "Ten characters are a short lag: the gradient reaches all of them"
SHOWN = ("input", "forget", "output")


def experiment(cache: Cache) -> Data:
    """The character model's training, its pass over the sentence, and the gradients of its windows."""
    return character_run(cache)


def window_gradients(data: Data) -> np.ndarray:
    """Log10 norm at the last layer, shape (lag, window); lag 0 is the character before the predicted one."""
    series = select_series(select_module(data[WINDOWS])).isel({STEP: 0})
    return series[LOG10_GRAD_H].transpose(TIME, SAMPLE).values[::-1].astype(float)


def saturated(data: Data) -> xr.DataArray:
    """Fraction of the last layer's units whose gate is below 0.1 or above 0.9, dims (gate, time)."""
    series = select_series(select_module(data[READING])).isel({STEP: 0})
    fraction = series[GATE_LEFT] + series[GATE_RIGHT]
    return fraction.sel({GATE: list(SHOWN)}).transpose(GATE, TIME)


def compose(data: Data) -> Figure:
    """Training above; below, over the sentence, the saturated gates and each prediction's gradient."""
    figure = plt.figure(layout="constrained")
    rows = figure.add_gridspec(3, 1, height_ratios=[1.25, 0.55, 1.15])
    top = rows[0].subgridspec(1, 2)
    training = data[TRAINING]
    plot_learning_curve(
        training,
        ax=figure.add_subplot(top[0]),
        baseline=float(training.attrs[BASELINE]),
        baseline_meaning=str(training.attrs[BASELINE_MEANING]),
    )
    over_training = gradient_grid(select_series(select_module(training)))
    windows = _window_grid(data)
    norm = decade_norm([over_training.on_scale, windows.on_scale])
    _draw_training(figure.add_subplot(top[1]), over_training, norm)
    _draw_gates(figure.add_subplot(rows[1]), data)
    below = figure.add_subplot(rows[2])
    _draw_windows(below, windows, norm, data)
    write_headline(figure, CLAIM)
    label_characters(below, text_of(data))
    return figure


def _draw_training(ax: Axes, grid: GradientGrid, norm: Normalize) -> None:
    mesh = draw_mesh(ax, grid, norm)
    ax.set_xlabel(grid.steps_label)
    ax.set_ylabel("time step\nin the window")
    bar = draw_colour_bar(mesh, ax, [grid.on_scale], "‖dL/dh‖")
    low, high = mesh.get_clim()
    bar.set_ticks([low, high], labels=[power_of_ten(low), power_of_ten(high)])  # the panel is low


def _draw_gates(ax: Axes, data: Data) -> None:
    numbered = saturated(data).assign_coords({GATE: np.arange(len(SHOWN))})
    mesh = draw_fraction_mesh(ax, numbered, gate_map(), Normalize(0, 1))
    ax.set_yticks(range(len(SHOWN)), SHOWN)
    ax.tick_params(length=0, labelbottom=False)
    draw_fraction_bar(mesh, [ax], label="saturated\nfraction").set_ticks([0, 1])


def _draw_windows(ax: Axes, grid: GradientGrid, norm: Normalize, data: Data) -> None:
    mesh = draw_mesh(ax, grid, norm)
    ax.set_xlim(-0.5, len(text_of(data)) - 0.5)
    ax.set_yticks([1, 10], ["1", "10"])
    ax.set_ylabel("characters\nback")
    ax.set_xlabel("above: the character read; below: the one predicted, from the ten before it")
    draw_colour_bar(mesh, ax, [grid.on_scale], "‖dL/dh‖")


def _window_grid(data: Data) -> GradientGrid:
    values = window_gradients(data)
    lags, windows = values.shape
    return GradientGrid(
        steps=np.arange(windows) + lags,
        times=np.arange(lags) + 1,
        log10=values,
        marks=marked_cells(values),
        steps_label="",
        times_label="",
        label="",
    )


def caption(data: Data) -> Caption:
    """The caption, with the loss before and after training and how far the gradient falls over a window."""
    losses = complete_curve(data[TRAINING]).values
    norms = select_series(select_module(data[TRAINING]))[LOG10_GRAD_H].transpose(STEP, TIME, SAMPLE).values
    fallen = np.median(norms[:, -1] - norms[:, 0], axis=-1)  # (step,)
    fractions = saturated(data)
    gates = ", ".join(f"{name} {float(fractions.sel({GATE: name})[-1]):.0%}" for name in SHOWN)
    return Caption(
        claim=CLAIM,
        reading="Above: the loss, and the gradient at each of the ten time steps of a window, both over "
        "training. Below, over the sentence: the fraction of the second layer's units whose gate is shut "
        "(below 0.1) or open (above 0.9); then, for every predicted character, the gradient at the ten "
        "characters before it, the nearest at the bottom.",
        setting=f"{setting()} Gates: the trained model reads the sentence in one pass. Gradients: those of "
        "each window's own loss.",
        measured=f"Loss {losses[0]:.2f} at the first step and {losses[-1]:.4f} at the last; predicting every "
        "character with equal probability costs a loss of "
        f"{float(data[TRAINING].attrs[BASELINE]):.2f}. From a window's last character to its first, the "
        f"gradient loses {fallen[0]:.1f} decades before training and at most {fallen.max():.1f} later. Units "
        f"saturated at the last character: {gates}.",
        source="The course's character model; Karpathy, Johnson and Fei-Fei (2015) for showing gates "
        "over text.",
        alt="Above: a loss that falls by more than two powers of ten, and a heatmap of the gradient over "
        "training, which is never dark. Below: two strips over the letters of the sentence, which show the "
        "fraction of units with saturated gates, and the gradient of every predicted letter at the ten "
        "letters before it.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per predicted character and lag: log10 of the gradient norm."""
    values, text = window_gradients(data), text_of(data)
    rows = [
        {"position": window + len(values), "lag": lag + 1, "log10_grad_h": values[lag, window]}
        for window in range(values.shape[1])
        for lag in range(len(values))
    ]
    read = [text[row["position"] - row["lag"]] for row in rows]
    return pd.DataFrame(rows).assign(character=read)
