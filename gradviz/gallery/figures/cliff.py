"""Gradient descent from a cliff, with and without clipping."""

from __future__ import annotations

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from gradviz.dynamics.cliff import START, cliff
from gradviz.dynamics.cliff_descent import cliff_descent
from gradviz.dynamics_vocabulary import CLIFF_B, CLIFF_W, ERROR, LOG10_GRAD_NORM
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import AMBER, INK_DARK, PAPER_DARK, cell_colour, gate_map, shade
from gradviz.vocabulary import ITERATION

CLAIM = "At a cliff, clipping turns a leap into a step"
LEARNING_RATE, CLIP_NORM, ITERATIONS = 0.01, 25.0, 12
BIASES = np.linspace(-5, 0, 251)
SURFACE, PLAIN, CLIPPED = "surface", "not clipped", "clipped"


def experiment(cache: Cache) -> Data:
    """The error surface, and both descents from its steepest point; nothing is cached."""
    surface = cliff(b=BIASES)
    w, b = steepest(surface)
    descend = partial(cliff_descent, w, b, learning_rate=LEARNING_RATE, iterations=ITERATIONS)
    return {
        SURFACE: xr.DataTree(surface),
        PLAIN: xr.DataTree(descend()),
        CLIPPED: xr.DataTree(descend(clip_norm=CLIP_NORM)),
    }


def steepest(surface: xr.Dataset) -> tuple[float, float]:
    """The grid point with the largest gradient."""
    row, column = np.unravel_index(
        int(surface[LOG10_GRAD_NORM].values.argmax()), surface[LOG10_GRAD_NORM].shape
    )
    return float(surface[CLIFF_W][row]), float(surface[CLIFF_B][column])


def compose(data: Data) -> Figure:
    """The error surface as a map, with both paths from one start."""
    figure, ax = plt.subplots(layout="constrained")
    error = data[SURFACE][ERROR].transpose(CLIFF_B, CLIFF_W)
    mesh = draw_fraction_mesh(ax, error, gate_map(), Normalize(0, float(error.max())))
    draw_fraction_bar(mesh, [ax], label="error E").set_ticks([0, round(float(error.max()), 2)])
    _draw_wall(ax, error)
    for kind, colour in ((PLAIN, shade(cell_colour("rnn"), 0.25)), (CLIPPED, AMBER)):
        _draw_path(ax, data[kind].to_dataset(), colour)
    _name_paths(ax, data)
    ax.set_xticks(range(3, 9), [str(w) for w in range(3, 9)])
    ax.set_yticks([-5, -4, -3, -2, -1, 0], ["−5", "−4", "−3", "−2", "−1", "0"])
    ax.set_xlabel("weight w")
    ax.set_ylabel("bias b")
    write_headline(figure, CLAIM)
    return figure


def wall(w: np.ndarray) -> np.ndarray:
    """For each weight, the bias at which the initial state is a fixed point of the recurrence."""
    return START - w / (1 + np.exp(-START))


def _draw_wall(ax: Axes, error: xr.DataArray) -> None:
    w = error[CLIFF_W].values
    ax.plot(
        w,
        wall(w),
        ":",
        color=INK_DARK,
        linewidth=0.5 * plt.rcParams["lines.linewidth"],
        scalex=False,
        scaley=False,
    )
    _note(ax, "the wall", (7.0, float(wall(np.array(7.0))) + 0.12), INK_DARK)


def _draw_path(ax: Axes, path: xr.Dataset, colour: str) -> None:
    w, b = path[CLIFF_W].values, path[CLIFF_B].values
    ax.annotate(
        "",
        xy=(w[1], b[1]),
        xytext=(w[0], b[0]),
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linewidth": 1.3 * plt.rcParams["lines.linewidth"],
            "mutation_scale": 1.2 * plt.rcParams["font.size"],
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
    ax.plot(w[1:], b[1:], "-", color=colour)


def _name_paths(ax: Axes, data: Data) -> None:
    plain, clipped = data[PLAIN].to_dataset(), data[CLIPPED].to_dataset()
    w, b = float(plain[CLIFF_W][0]), float(plain[CLIFF_B][0])
    ax.plot(w, b, "o", color=INK_DARK, markersize=0.45 * plt.rcParams["font.size"])
    _note(
        ax,
        f"start: gradient {10 ** float(plain[LOG10_GRAD_NORM][0]):.0f}",
        (w - 0.15, b - 0.02),
        INK_DARK,
        ha="right",
    )
    middle = float(plain[CLIFF_W][1]) + 0.12, float(plain[CLIFF_B][1])
    _note(ax, "not clipped", middle, shade(cell_colour("rnn"), 0.45))
    after = float(clipped[CLIFF_W][1]) + 0.2, float(clipped[CLIFF_B][1]) + 0.02
    _note(ax, f"clipped at {CLIP_NORM:g}", after, AMBER)


def _note(ax: Axes, text: str, place: tuple[float, float], colour: str, *, ha: str = "left") -> None:
    written = ax.text(*place, text, color=colour, ha=ha, va="center", fontweight="bold")
    written.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground=PAPER_DARK)])


def caption(data: Data) -> Caption:
    """The caption, with the gradient at the start, and the error and gradient after each first step."""
    listed = []
    for kind in (PLAIN, CLIPPED):
        path = data[kind].to_dataset()
        length = float(np.hypot(path[CLIFF_W][1] - path[CLIFF_W][0], path[CLIFF_B][1] - path[CLIFF_B][0]))
        listed.append(
            f"{kind}: length {length:.2f}, then error {float(path[ERROR][1]):.3f} and gradient "
            f"{10 ** float(path[LOG10_GRAD_NORM][1]):.2g}"
        )
    start = data[PLAIN].to_dataset().isel({ITERATION: 0})
    return Caption(
        claim=CLAIM,
        reading="The map shows the error of a scalar recurrence over its two parameters; dark means a small "
        "error. On the dotted line the initial state is an unstable fixed point: there the final state "
        "jumps from one side to the other, and so does the error. Gradient descent starts from a point on "
        "this wall, once with the gradient as it is and once with its norm clipped.",
        setting="The recurrence x ← w σ(x) + b from x = 0.5 over 50 steps, with the error E = (σ(x) - 0.7)². "
        f"Gradient descent with learning rate {LEARNING_RATE:g}, {ITERATIONS} iterations, from the steepest "
        f"point of a grid of 201 × {len(BIASES)}.",
        measured=f"At the start w = {float(start[CLIFF_W]):.3f}, b = {float(start[CLIFF_B]):.2f}, E = "
        f"{float(start[ERROR]):.3f}, gradient {10 ** float(start[LOG10_GRAD_NORM]):.0f}. First step, "
        f"{'; '.join(listed)}.",
        source="Pascanu, Mikolov and Bengio (2013), 'On the difficulty of training recurrent neural "
        "networks', figure 6.",
        alt="A map of the error with a sharp edge across it. From a point on the edge, a long arrow leads "
        "far away over a flat plain, and a short arrow stays near the edge.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per descent and iteration."""
    tables = [
        data[kind].to_dataset().to_dataframe().reset_index().assign(descent=kind) for kind in (PLAIN, CLIPPED)
    ]
    return pd.concat(tables)[["descent", ITERATION, CLIFF_W, CLIFF_B, ERROR, LOG10_GRAD_NORM]]
