"""What truncated backpropagation through time cuts off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.capture.record import record
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words
from gradviz.measures.log10_mean import log10_mean
from gradviz.models.initialise import initialise
from gradviz.models.layers import make_layers
from gradviz.plots.drawing.colour_limits import decade_norm
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.gradient_grid import GradientGrid
from gradviz.plots.drawing.gradient_mesh import draw_colour_bar, draw_mesh
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.marks import ZERO, marked_cells
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import INK_DARK, PAPER_DARK, ink
from gradviz.recording.tree import select_module
from gradviz.training.carry import detached
from gradviz.vocabulary import CUT, LOG10_GRAD_H, SAMPLE, TIME

BATCH, KEEPING = 16, 3.0  # sequences, and the bias of the update gate, which keeps the state
FLOWS = 3.0  # decades; a gradient that loses less without a cut flows well
_WHOLE = "whole"  # the run without a cut
_MOST_LINES, _MOST_TICKS = 50, 12  # across a strip
_words = figure_words("truncated_bptt")


@dataclass(frozen=True)
class Settings:
    """Size of the network and of its input, and the time steps between cuts."""

    length: Annotated[int, Field(ge=2)] = 100
    hidden_size: Annotated[int, Field(ge=1)] = 64
    cuts: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=5)] = (10, 20, 50)


def experiment(cache: Cache, settings: Settings) -> Data:
    """A GRU that keeps its gradient, with its state detached at intervals; loss at the last time step."""
    return cache.computed("truncated-bptt", _record, settings)


def _record(settings: Settings) -> Data:
    cut = {str(every): _truncated(settings, every) for every in settings.cuts}
    return {**cut, _WHOLE: _truncated(settings, settings.length)}


def _truncated(settings: Settings, every: int) -> xr.DataTree:
    torch.manual_seed(0)
    layers = make_layers("gru")(2, settings.hidden_size, batch_first=True)
    network = initialise(layers, "forget_bias", value=KEEPING)
    inputs = torch.rand(BATCH, settings.length, 2, generator=torch.Generator().manual_seed(0))
    with record(network) as tape:
        state = None
        for stretch in inputs.split(every, dim=1):
            outputs, state = network(stretch, detached(state))
        outputs[:, -1].square().mean().backward()
    return tape.tree


def profile(tree: xr.DataTree) -> np.ndarray:
    """Log10 of the mean norm at every time step, shape (time,)."""
    return log10_mean(select_module(tree)[LOG10_GRAD_H], SAMPLE).squeeze(drop=True).values


def last_cut(tree: xr.DataTree) -> int:
    """The last time step whose incoming state is detached; 0 if there is none."""
    return max(cuts(tree), default=0)


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether the gradient is exactly 0 before the last cut, and whether it would flow without one."""
    profiles = {name: profile(tree) for name, tree in data.items()}
    before = [profiles[name][: last_cut(tree)] for name, tree in data.items()]
    leaks = sum(int(np.sum(~np.isneginf(part))) for part in before)
    lost = float(profiles[_WHOLE][-1] - profiles[_WHOLE][0])
    known = 1.0 if not any(np.isnan(curve).any() for curve in profiles.values()) else np.nan
    numbers = {"leaks": known * leaks, "steps": known * sum(map(len, before)), "lost": known * lost}
    exact = numbers["leaks"] == 0 and numbers["steps"] > 0
    outcomes = {
        "exact": exact and numbers["lost"] < FLOWS,
        "exact_and_vanishing": exact and numbers["lost"] >= FLOWS,
        "leaks": numbers["leaks"] > 0,
        "no_cut": numbers["steps"] == 0,
    }
    return [decide(_words, "title", outcomes, **numbers)]


def compose(data: Data, settings: Settings) -> Figure:
    """One strip per distance between cuts, on one colour scale, with ticks at the cuts."""
    figure, axes = plt.subplots(len(data), 1, layout="constrained", squeeze=False)
    grids = [_grid(profile(tree)) for tree in data.values()]
    norm = decade_norm([grid.on_scale for grid in grids])
    for ax, (name, tree), grid in zip(axes[:, 0], data.items(), grids, strict=True):
        mesh = draw_mesh(ax, grid, norm)
        _mark_cuts(ax, tree)
        zeros = int(grid.marks[ZERO].sum())
        ax.set_title(_title(name, zeros, settings), fontsize=font_size("font.size"), color=ink())
        ax.tick_params(left=False, labelleft=False)
    _name_zeros(axes[0, 0], grids[0])
    draw_colour_bar(mesh, list(axes[:, 0]), [grid.on_scale for grid in grids], _words("bar"))
    axes[-1, 0].set_xlabel(_words("axis.time"))
    write_headline(figure, claims(data, settings)[0].sentence)
    return figure


def _title(name: str, zeros: int, settings: Settings) -> str:
    if name != _WHOLE:
        return _words("strip.cut", every=int(name), zeros=zeros, steps=settings.length)
    if zeros == 0:
        return _words("strip.nowhere")
    return _words("strip.whole", zeros=zeros, steps=settings.length)


def _grid(log10: np.ndarray) -> GradientGrid:
    """One row, time to the right."""
    row = log10[np.newaxis]
    return GradientGrid(
        steps=np.arange(len(log10)),
        times=np.arange(1),
        log10=row,
        marks=marked_cells(row),
        steps_label="",
        times_label="",
        label="",
    )


def cuts(tree: xr.DataTree) -> list[int]:
    """The time steps whose incoming state is detached."""
    dataset = select_module(tree)
    if CUT not in dataset:  # a single call
        return []
    return np.flatnonzero((dataset[CUT] == 1).all(SAMPLE).squeeze()).tolist()


def _mark_cuts(ax: Axes, tree: xr.DataTree) -> None:
    """A line at every cut, as far as they leave room between them, and a tick at as many as can be read."""
    width, places = plt.rcParams["lines.linewidth"], cuts(tree)
    last = int(ax.get_xlim()[1] - 0.5)
    for cut in places if len(places) <= _MOST_LINES else ():
        ax.axvline(cut - 0.5, color=PAPER_DARK, linewidth=1.6 * width)
        ax.axvline(cut - 0.5, color=INK_DARK, linewidth=0.6 * width)
    every = 1 + len(places) // _MOST_TICKS
    clear = (last + 1) / (2 * _MOST_TICKS)
    named = [cut for cut in places[::-1][::every] if clear <= cut <= last - clear]
    ax.set_xticks(
        [0, *(cut - 0.5 for cut in named[::-1]), last], [str(name) for name in (0, *named[::-1], last)]
    )
    for tick in ax.xaxis.get_major_ticks():
        tick.label1.set_horizontalalignment("center")


def _name_zeros(ax: Axes, grid: GradientGrid) -> None:
    """Write into the hatched cells what they are, if they are wide enough."""
    (zeros,) = grid.marks[ZERO]
    if zeros.sum() < 0.25 * len(zeros):
        return
    middle = float(np.flatnonzero(zeros).mean())
    text = ax.text(middle, 0, _words("zero"), color=INK_DARK, ha="center", va="center", fontweight="bold")
    outline(text, colour=PAPER_DARK, width=0.3 * font_size("font.size"))


def _listed(data: Data, settings: Settings) -> str:
    zeros = {name: int(np.isneginf(profile(tree)).sum()) for name, tree in data.items()}
    return ", ".join(
        _words("zeros_whole" if name == _WHOLE else "zeros_cut", zeros=count, every=name)
        for name, count in zeros.items()
    )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the counts of exact zeros, and how far the gradient falls without a cut."""
    (title,) = claims(data, settings)
    zeros = _listed(data, settings)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting",
            units=settings.hidden_size,
            bias=KEEPING,
            length=settings.length,
            sequences=BATCH,
        ),
        measured=_words("caption.measured", zeros=zeros, lost=title.numbers["lost"]),
        source=_words("caption.source"),
        alt=_words("caption.alt", strips=len(data), zeros=zeros),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    (title,) = claims(data, settings)
    values = {**title.numbers, "zeros": _listed(data, settings)}
    point = "point_no_cut" if title.outcome == "no_cut" else "point"
    return Notes(*(_words(f"notes.{part}", **values) for part in (point, "ask", "answer")))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per distance between cuts and time step: log10 of the mean norm, -inf for 0."""
    return pd.concat(
        [
            pd.DataFrame({"cut_every": name, TIME: np.arange(settings.length), "log10_grad_h": profile(tree)})
            for name, tree in data.items()
        ]
    )
