"""The gradient through a single tanh unit against its weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.fixed_points import fixed_points, slope
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour

MARKED = (1.5, 2.0, 4.0)  # weights whose factor is written beside the curve, as far as they are drawn

_words = figure_words("scalar_gradient")


@dataclass(frozen=True)
class Settings:
    """The recurrence h ← tanh(w h): how long, from where, up to which weight."""

    steps: Annotated[int, Field(ge=1)] = 50
    start: Annotated[float, Field(ge=0, le=1)] = 0.5
    largest_weight: Annotated[float, Field(gt=1.1, le=10)] = 4.0


def experiment(cache: Cache, settings: Settings) -> Data:
    """The factor at the fixed point and the product of all steps, by weight; nothing is cached."""
    weight = np.linspace(0, settings.largest_weight, 801)[1:]
    products = [log10_product(w, start=settings.start, steps=settings.steps) for w in weight]
    table = xr.Dataset(
        {"rate": ("w", [fixed_point_rate(w) for w in weight]), "log10_product": ("w", products)},
        coords={"w": weight},
    )
    return {"scalar": xr.DataTree(table)}


def fixed_point_rate(w: float) -> float:
    """Factor w (1 - h*²) by which a step multiplies the gradient when the unit is at rest."""
    rest = fixed_points(w, 0.0)[-1]  # h* = tanh(w h*), the largest if there are three
    return slope(rest, w)


def log10_product(w: float, *, start: float, steps: int) -> float:
    """Log10 of dh_T/dh_0 = Π w / cosh²(w h_{t-1}), for h_t = tanh(w h_{t-1}) and w > 0."""
    state, total = start, 0.0
    for _ in range(steps):
        into = w * state
        # log cosh without the difference 1 - h², which is 0 in floats where tanh is flat
        log_cosh = abs(into) + np.log1p(np.exp(-2 * abs(into))) - np.log(2)
        total += np.log(w) - 2 * log_cosh
        state = float(np.tanh(into))
    return float(total / np.log(10))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """What a larger weight does to the gradient above w = 1, and where the gradient is largest."""
    table = data["scalar"].to_dataset()
    products = table["log10_product"]
    beyond = products.sel(w=slice(1 - 1e-9, None)).values
    change, last = np.diff(beyond), float(beyond[-1])
    finite = bool(np.isfinite(products).all())
    vanishes, grows = bool((change < 0).all()) and last < -3, bool((change > 0).all())
    title = decide(
        _words,
        "title",
        {
            "vanishes": finite and vanishes,
            "grows": finite and grows,
            "neither": finite and not vanishes and not grows,
        },
        first=float(beyond[0]),
        last=last,
        weight=float(table["w"][-1]),
        steps=settings.steps,
    )
    best = float(table["w"][int(products.values.argmax())])
    near = abs(best - 1) <= 0.1
    peak = decide(_words, "peak", {"near": finite and near, "elsewhere": finite and not near}, best=best)
    return [title, peak]


def compose(data: Data, settings: Settings) -> Figure:
    """The factor of one step on the left, the product of many on the right."""
    table = data["scalar"].to_dataset()
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    _draw_rate(left, table, settings)
    _draw_product(right, table, settings)
    for ax in (left, right):
        ax.axvline(1, color=GREY, linewidth=0.5 * plt.rcParams["lines.linewidth"], zorder=0)
        ax.set_xlim(0, settings.largest_weight)
        ax.set_xticks(range(int(settings.largest_weight) + 1))
        ax.set_xlabel(_words("weight"))
    write_headline(figure, claims(data, settings)[0].sentence)
    return figure


def _draw_rate(ax: Axes, table: xr.Dataset, settings: Settings) -> None:
    colour = text_colour(cell_colour("rnn"))
    ax.plot([0, 1.45], [0, 1.45], "--", color=GREY, scalex=False)
    ax.plot(table["w"], table["rate"], color=colour)
    size = font_size("font.size")
    _name_bound(ax, 1.45, _words("bound"))
    for w in _marked(settings):
        rate, last = fixed_point_rate(w), w > 0.9 * settings.largest_weight
        ax.plot(w, rate, "o", color=colour, markersize=0.5 * size, clip_on=False)
        ax.annotate(
            _words("factor", weight=w, factor=rate),
            (w, rate),
            (0, 1.3 * size) if last else (0.5 * size, 0.4 * size),
            textcoords="offset points",
            color=ink(),
            ha="right" if last else "left",
        )
    ax.text(0.98, 0.7, _words("at_rest"), transform=ax.transAxes, color=ink(), ha="right", va="center")
    ax.set_ylim(0, 1.6)
    ax.set_yticks([0, 0.5, 1, 1.5])
    ax.set_title(_words("panel.one_step"))
    ax.set_ylabel(_words("panel.factor"))


def _name_bound(ax: Axes, w: float, text: str) -> None:
    ax.annotate(
        text, (w, w), (0.5 * font_size("font.size"), 0), textcoords="offset points", color=ink(), va="center"
    )


def _marked(settings: Settings) -> list[float]:
    return [w for w in MARKED if w <= settings.largest_weight]


def _draw_product(ax: Axes, table: xr.Dataset, settings: Settings) -> None:
    steps, largest = settings.steps, settings.largest_weight
    ax.plot(table["w"], table["log10_product"], color=text_colour(cell_colour("rnn")))
    ax.plot(table["w"], steps * np.log10(table["w"]), "--", color=GREY)
    low, high = float(table["log10_product"].min()), steps * np.log10(largest)
    ax.set_ylim(1.05 * low, 1.1 * high)
    middle = 0.55 * largest
    ax.annotate(
        _words("bound_product", steps=steps),
        (middle, steps * np.log10(middle)),
        (0, -0.4 * font_size("font.size")),
        textcoords="offset points",
        color=ink(),
        va="top",
    )
    ax.set_title(_words("panel.many_steps", steps=steps, start=settings.start))
    ax.set_ylabel(_words("panel.product", steps=steps))
    label_decades(ax.yaxis)


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the factors and the products at some weights."""
    title, peak = claims(data, settings)
    marked = _marked(settings)
    products = {w: log10_product(w, start=settings.start, steps=settings.steps) for w in (0.5, 1.0, *marked)}
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", steps=settings.steps, start=settings.start),
        measured=_words(
            "caption.measured",
            rates="; ".join(_words("rate_at", weight=w, rate=fixed_point_rate(w)) for w in marked),
            products="; ".join(
                _words("product_at", weight=w, product=found) for w, found in products.items()
            ),
            steps=settings.steps,
            peak=peak.sentence,
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", right=_right(title), peak=peak.sentence),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, peak = claims(data, settings)
    point = _words("notes.point", right=_right(title), peak=peak.sentence)
    return Notes(point, _words("notes.ask"), _words("notes.answer"))


def _right(title: Claim) -> str:
    """What the right panel shows."""
    return _words(f"right.{title.outcome}", **title.numbers)


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per weight: the factor of a step at rest, and log10 of the product."""
    return data["scalar"].to_dataset().to_dataframe().reset_index()
