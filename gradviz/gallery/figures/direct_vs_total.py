"""A common mistake: ``retain_grad`` does not show the gradient that learning uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from pydantic import Field

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.untrained import BATCH, untrained
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.canvas import figure_of
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import fit_text, font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import MARKS, cell_colour, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import LOG10_GRAD_H, LOG10_GRAD_H_DIRECT, STEP, TIME

LSTM = "LSTM"
KINDS = {LOG10_GRAD_H_DIRECT: "direct", LOG10_GRAD_H: "total"}
LEVEL = 0.3  # decades, a factor of 2: less is no fall

_STRIP = 0.055  # height, as a fraction of the axes
_words = figure_words("direct_vs_total")


@dataclass(frozen=True)
class Settings:
    """Sizes of the network and of its input."""

    length: Annotated[int, Field(ge=3)] = 100
    hidden_size: Annotated[int, Field(ge=1)] = 64


def experiment(cache: Cache, settings: Settings) -> Data:
    """An LSTM at initialisation, with a loss at the last time step only."""
    return cache.computed("direct-vs-total", _record, settings)


def _record(settings: Settings) -> Data:
    return {LSTM: untrained("lstm", length=settings.length, hidden_size=settings.hidden_size)}


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """At how many time steps each gradient is not zero, and how far the total one falls."""
    direct, total = (quartiles(data, kind)[1] for kind in KINDS)
    seen, used, length = _nonzero(direct), _nonzero(total), len(total)
    hidden = seen < used
    title = decide(
        _words,
        "title",
        {
            "hides": hidden and used == length,
            "hides_and_vanishes": hidden and used < length,
            "shows_all": seen >= used,
        },
        seen=seen,
        used=used,
        length=length,
    )
    return [title, _fall(total)]


def _fall(total: np.ndarray) -> Claim:
    drawn = total[~np.isneginf(total)]
    decades = float(drawn[-1] - drawn[0]) if len(drawn) else float("nan")
    outcomes = {"falls": decades > LEVEL, "level": -LEVEL <= decades <= LEVEL, "grows": decades < -LEVEL}
    return decide(_words, "way_back", outcomes, decades=decades, change=abs(decades))


def _nonzero(middle: np.ndarray) -> float:
    """At how many time steps a median is not exactly zero; NaN if one is unknown."""
    return float("nan") if np.isnan(middle).any() else float((~np.isneginf(middle)).sum())


def compose(data: Data, settings: Settings) -> Figure:
    """The direct gradient on the left and the total gradient on the right, on one scale."""
    title, way_back = claims(data, settings)
    figure, axes = plt.subplots(1, 2, layout="constrained", sharey=True)
    curves = {kind: quartiles(data, kind) for kind in KINDS}
    total = curves[LOG10_GRAD_H][np.isfinite(curves[LOG10_GRAD_H])]
    low, high = total.min(), total.max()
    room = max(high - low, 1)
    axes[0].set_ylim(low - 0.16 * room, high + 0.1 * room)
    for ax, (kind, name) in zip(axes, KINDS.items(), strict=True):
        _draw(ax, curves[kind])
        ax.set_title(_words(name), color=text_colour(cell_colour("lstm") if name == "total" else ink()))
        ax.set_xlabel(_words("time_step"))
        set_end_ticks(ax.xaxis, 0, settings.length - 1, count=2)
        _mark_zeros(ax, curves[kind][1])
    _name_the_only_step(axes[0], curves[LOG10_GRAD_H_DIRECT][1])
    _write_beside_the_line(axes[1], way_back)
    axes[0].set_ylabel(_words("norm"))
    label_decades(axes[0].yaxis)
    write_headline(figure, title.sentence)
    return figure


def _write_beside_the_line(ax: Axes, way_back: Claim) -> None:
    """Write at the left what happens to the line: above it if it is low there, else below it."""
    level, va = (0.03, "bottom") if way_back.outcome == "grows" else (0.97, "top")
    width = 72 * 0.2 * figure_of(ax).get_figwidth()
    lines = fit_text(way_back.sentence, width=width, size=font_size("font.size"))
    ax.text(0.04, level, lines, transform=ax.transAxes, va=va)


def _draw(ax: Axes, curve: np.ndarray) -> None:
    low, middle, high = np.where(np.isfinite(curve), curve, np.nan)
    time = np.arange(len(middle))
    colour = text_colour(cell_colour("lstm"))
    ax.fill_between(time, low, high, color=colour, alpha=0.22, linewidth=0)
    lone = np.isfinite(middle).sum() == 1
    ax.plot(
        time,
        middle,
        color=colour,
        marker="o" if lone else "",
        markersize=0.7 * font_size("font.size"),
        clip_on=False,
    )
    ax.set_xlim(-1, len(time))


def _mark_zeros(ax: Axes, middle: np.ndarray) -> None:
    """Draw a hatched strip along the time steps whose gradient is exactly zero, and count them."""
    zero = np.flatnonzero(np.isneginf(middle))
    if not len(zero):
        return
    mark = MARKS["zero"]
    for first, last in _runs(zero):
        ax.add_patch(
            Rectangle(
                (first - 0.5, 0),
                last - first + 1,
                _STRIP,
                transform=ax.get_xaxis_transform(),
                facecolor=mark.colour,
                edgecolor=mark.ink,
                hatch=mark.hatch,
                linewidth=0,
            )
        )
    ax.text(
        len(middle) / 2,
        _STRIP + 0.03,
        _words("zeros", zeros=len(zero), length=len(middle)),
        transform=ax.get_xaxis_transform(),
        ha="center",
    )


def _runs(places: np.ndarray) -> list[tuple[int, int]]:
    """First and last of every unbroken run of ascending numbers."""
    parts = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts]


def _name_the_only_step(ax: Axes, middle: np.ndarray) -> None:
    """Point at the only time step that has a gradient, if it is only one."""
    seen = np.flatnonzero(np.isfinite(middle))
    if len(seen) != 1:
        return
    (step,) = seen
    in_words = "last" if step == len(middle) - 1 else "only"
    right = step > len(middle) / 2
    ax.annotate(
        _words(f"pointer.{in_words}", step=int(step)),
        xy=(step, middle[step]),
        xytext=((0.62 if right else 0.38) * len(middle), middle[step]),
        ha="right" if right else "left",
        va="center",
        arrowprops={"arrowstyle": "->", "color": ink(), "shrinkB": 0.6 * font_size("font.size")},
    )


def quartiles(data: Data, kind: str) -> np.ndarray:
    """Quartiles of a log10 norm over sequences, shape (3, time); -inf means exactly zero."""
    norms = select_series(select_module(data[LSTM]))[kind].isel({STEP: 0}).transpose(TIME, ...).values
    return np.quantile(norms, (0.25, 0.5, 0.75), axis=1, method="nearest")


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the number of time steps without gradient, and how far the total one falls."""
    title, way_back = claims(data, settings)
    counted = dict(title.numbers)
    zeros = {"zeros": counted["length"] - counted["seen"], "unused": counted["length"] - counted["used"]}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words(
            "caption.setting", units=settings.hidden_size, length=settings.length, sequences=BATCH
        ),
        measured=_words("caption.measured", **counted, **zeros, way_back=way_back.sentence),
        source=_words("caption.source"),
        alt=_words("caption.alt", **counted, **zeros, way_back=way_back.sentence),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, way_back = claims(data, settings)
    numbers = {**title.numbers, "way_back": way_back.sentence}
    return Notes(*(_words(f"notes.{part}", **numbers) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per kind of gradient and time step: quartiles of the log10 norm."""
    names = ("log10_quartile_low", "log10_median", "log10_quartile_high")
    tables = []
    for kind in KINDS:
        columns = dict(zip(names, quartiles(data, kind), strict=True))
        tables.append(pd.DataFrame({"gradient": kind, TIME: np.arange(settings.length), **columns}))
    return pd.concat(tables)
