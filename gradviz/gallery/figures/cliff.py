"""Gradient descent from a cliff, with and without clipping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.dynamics.cliff import START, cliff
from gradviz.dynamics.cliff_descent import cliff_descent
from gradviz.dynamics_vocabulary import CLIFF_B, CLIFF_W, ERROR, LOG10_GRAD_NORM
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.fraction_mesh import draw_fraction_bar, draw_fraction_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import (
    INK_DARK,
    INK_LIGHT,
    PAPER_DARK,
    cell_colour,
    gate_map,
    ink,
    shade,
    text_colour,
)
from gradviz.vocabulary import ITERATION

BIASES = np.linspace(-5, 0, 251)
SURFACE, PLAIN, CLIPPED = "surface", "not clipped", "clipped"
VIEW_W, VIEW_B = (3.8, 6.6), (-3.3, 0)  # around the start and the landing
ARRIVED = 0.01  # error; that of the plains on both sides of the wall is ten times as large and more

_words = figure_words("cliff")


@dataclass(frozen=True)
class Settings:
    """Both descents."""

    learning_rate: Annotated[float, Field(ge=1e-5, le=0.1)] = 0.01
    clip_norm: Annotated[float, Field(ge=1e-4, le=1000)] = 25.0
    iterations: Annotated[int, Field(ge=10)] = 1000


def experiment(cache: Cache, settings: Settings) -> Data:
    """The error surface, and both descents from its steepest point; nothing is cached."""
    surface = cliff(b=BIASES)
    w, b = steepest(surface)
    descend = partial(
        cliff_descent, w, b, learning_rate=settings.learning_rate, iterations=settings.iterations
    )
    return {
        SURFACE: xr.DataTree(surface),
        PLAIN: xr.DataTree(descend()),
        CLIPPED: xr.DataTree(descend(clip_norm=settings.clip_norm)),
    }


def steepest(surface: xr.Dataset) -> tuple[float, float]:
    """The grid point with the largest gradient."""
    row, column = np.unravel_index(
        int(surface[LOG10_GRAD_NORM].values.argmax()), surface[LOG10_GRAD_NORM].shape
    )
    return float(surface[CLIFF_W][row]), float(surface[CLIFF_B][column])


def wall(w: np.ndarray) -> np.ndarray:
    """For each weight, the bias at which the initial state is a fixed point of the recurrence."""
    return START - w / (1 + np.exp(-START))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Where both descents are in the end, and what the first step leads to."""
    plain, clipped = (data[kind].to_dataset() for kind in (PLAIN, CLIPPED))
    last, last_clipped = _last_error(plain), _last_error(clipped)
    arrives, clipped_arrives = last < ARRIVED, last_clipped < ARRIVED
    finite = bool(np.isfinite([last, last_clipped]).all())
    title = decide(
        _words,
        "title",
        {
            "stranded": finite and not arrives and clipped_arrives,
            "both": finite and arrives and clipped_arrives,
            "neither": finite and not arrives and not clipped_arrives,
            "hurts": finite and arrives and not clipped_arrives,
        },
        last=last,
        last_clipped=last_clipped,
        iterations=settings.iterations,
    )
    before, after, gentle = (
        10.0 ** float(path[LOG10_GRAD_NORM][place]) for path, place in ((plain, 0), (plain, 1), (clipped, 1))
    )
    known = bool(np.isfinite([before, after, gentle]).all())
    landing = decide(
        _words,
        "landing",
        {"plain": known and after <= gentle / 10, "slope": known and after > gentle / 10},
        leap=_first_length(plain),
        step=_first_length(clipped),
        before=before,
        after=after,
        gentle=gentle,
        error=float(plain[ERROR][1]),
    )
    return [title, landing]


def _last_error(path: xr.Dataset) -> float:
    """Median error over the last tenth of the iterations."""
    error = path[ERROR].values
    return float(np.median(error[-max(1, len(error) // 10) :]))


def _first_length(path: xr.Dataset) -> float:
    w, b = path[CLIFF_W].values, path[CLIFF_B].values
    return float(np.hypot(w[1] - w[0], b[1] - b[0]))


def compose(data: Data, settings: Settings) -> Figure:
    """The error surface as a map, with both paths from one start; beside it the error on both paths."""
    title, landing = claims(data, settings)
    figure, (left, right) = plt.subplots(1, 2, layout="constrained", width_ratios=[1.45, 1])
    error = data[SURFACE][ERROR].transpose(CLIFF_B, CLIFF_W)
    mesh = draw_fraction_mesh(left, error, gate_map(), Normalize(0, float(error.max())))
    top = float(error.max())
    bar = draw_fraction_bar(mesh, [left], label="")
    size = plt.rcParams["font.size"]
    bar.ax.set_title(_words("axis.error"), fontsize=size, fontweight="normal", pad=0.9 * size)
    bar.set_ticks([0, top], labels=["0", _words("tick", value=top)])
    _draw_wall(left, error)
    for kind, colour in ((PLAIN, shade(cell_colour("rnn"), 0.35)), (CLIPPED, INK_DARK)):
        _draw_path(left, data[kind].to_dataset(), colour)
    _name_paths(left, data, landing)
    left.set(xlim=VIEW_W, ylim=VIEW_B)
    left.set_xticks([4, 5, 6], ["4", "5", "6"])
    left.set_yticks([-3, -2, -1, 0], ["−3", "−2", "−1", "0"])
    left.set(xlabel=_words("axis.weight"), ylabel=_words("axis.bias"))
    _draw_errors(right, data, title)
    name_panel(left, _words("panel.map"))
    name_panel(right, y=_words("axis.error"))
    write_headline(figure, title.sentence)
    return figure


def _draw_wall(ax: Axes, error: xr.DataArray) -> None:
    w = error[CLIFF_W].values
    thin = 0.5 * plt.rcParams["lines.linewidth"]
    ax.plot(w, wall(w), ":", color=INK_DARK, linewidth=thin, scalex=False, scaley=False)
    _note(ax, _words("note.wall"), (5.55, float(wall(np.array(5.55))) + 0.2), INK_DARK)


def _draw_path(ax: Axes, path: xr.Dataset, colour: str) -> None:
    w, b = path[CLIFF_W].values, path[CLIFF_B].values
    ax.plot(w[1:], b[1:], "-", color=colour, linewidth=0.7 * plt.rcParams["lines.linewidth"], clip_on=True)
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
        annotation_clip=False,
    )


def _name_paths(ax: Axes, data: Data, landing: Claim) -> None:
    plain = data[PLAIN].to_dataset()
    w, b = float(plain[CLIFF_W][0]), float(plain[CLIFF_B][0])
    ax.plot(w, b, "o", color=INK_DARK, markersize=0.45 * plt.rcParams["font.size"])
    ax.text(w, b - 0.2, _words("note.start", **landing.numbers), color=INK_LIGHT, ha="center", va="top")
    along = 0.6 * float(plain[CLIFF_W][1]) + 0.4 * w, 0.6 * float(plain[CLIFF_B][1]) + 0.4 * b
    if _is_in_view(along):
        pale = shade(cell_colour("rnn"), 0.45)
        _note(ax, _words("note.leap"), (along[0] + 0.1, along[1]), pale)
    _note(ax, _words("note.clipped"), (w + 0.2, b + 0.1), INK_DARK)


def _is_in_view(place: tuple[float, float]) -> bool:
    width = VIEW_W[1] - VIEW_W[0]
    return VIEW_W[0] < place[0] < VIEW_W[0] + 0.75 * width and VIEW_B[0] < place[1] < VIEW_B[1]


def _note(ax: Axes, text: str, place: tuple[float, float], colour: str, *, ha: str = "left") -> None:
    written = ax.text(*place, text, color=colour, ha=ha, va="center", fontweight="bold")
    written.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground=PAPER_DARK)])


def _draw_errors(ax: Axes, data: Data, title: Claim) -> None:
    """The error against the iteration, with the medians of the last tenth."""
    red = text_colour(cell_colour("rnn"))
    for kind, colour in ((CLIPPED, ink()), (PLAIN, red)):
        path = data[kind].to_dataset()
        ax.plot(path[ITERATION], path[ERROR], color=colour, linewidth=0.8 * plt.rcParams["lines.linewidth"])
    found = title.numbers
    top = max(float(data[kind].to_dataset()[ERROR].max()) for kind in (PLAIN, CLIPPED))
    _name_excursion(ax, data[CLIPPED].to_dataset(), limit=0.35 * top)
    ax.set_xlim(-0.03 * found["iterations"], found["iterations"])  # the first drop is not on the axis
    ax.set_ylim(-0.02 * top, 1.2 * top)
    ax.set(xlabel=_words("axis.iteration"), title=_words("panel.errors"))
    levels = {PLAIN: found["last"], CLIPPED: found["last_clipped"]}
    apart = abs(levels[PLAIN] - levels[CLIPPED]) > 0.2 * top
    for kind, name, colour in ((PLAIN, "note.plain_error", red), (CLIPPED, "note.clipped_error", ink())):
        lift = 0.16 if kind == CLIPPED else 0.03 if apart else 0.29
        ax.text(
            found["iterations"],
            levels[kind] + lift * top,
            _words(name, **found),
            color=colour,
            ha="right",
            va="bottom",
            fontweight="bold",
        )


def excursion(path: xr.Dataset) -> int | None:
    """The iteration after the start with the largest error, if it alone lies beyond the wall, or None."""
    error, side = path[ERROR].values, np.sign(path[CLIFF_B].values - wall(path[CLIFF_W].values))
    at = 1 + int(np.argmax(error[1:]))
    if not 1 < at < len(error) - 1:
        return None
    return at if side[at - 1] == side[at + 1] == -side[at] else None


def _name_excursion(ax: Axes, path: xr.Dataset, *, limit: float) -> None:
    """Write at the highest peak of the clipped descent that it crossed the edge for one iteration."""
    at = excursion(path)
    if at is None or float(path[ERROR][at]) < limit:
        return
    ax.annotate(
        _words("note.excursion"),
        (at, float(path[ERROR][at])),
        (0.5 * plt.rcParams["font.size"], 0),
        textcoords="offset points",
        va="top",
        color=ink(),
    )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the gradient at the start, the first steps, and the errors in the end."""
    title, landing = claims(data, settings)
    start = data[PLAIN].to_dataset().isel({ITERATION: 0})
    ends = _words(f"ends.{title.outcome}", **title.numbers)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", **settings.__dict__, rows=201, columns=len(BIASES)),
        measured=_words(
            "caption.measured",
            weight=float(start[CLIFF_W]),
            bias=float(start[CLIFF_B]),
            error=float(start[ERROR]),
            gradient=landing.numbers["before"],
            landing=landing.sentence,
            ends=ends,
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", landing=landing.sentence, ends=ends),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, landing = claims(data, settings)
    ends = _words(f"ends.{title.outcome}", **title.numbers)
    return Notes(
        _words("notes.point", landing=landing.sentence, ends=ends),
        _words("notes.ask"),
        _words("notes.answer", **landing.numbers, learning_rate=settings.learning_rate),
    )


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per descent and iteration."""
    tables = [
        data[kind].to_dataset().to_dataframe().reset_index().assign(descent=kind) for kind in (PLAIN, CLIPPED)
    ]
    return pd.concat(tables)[["descent", ITERATION, CLIFF_W, CLIFF_B, ERROR, LOG10_GRAD_NORM]]
