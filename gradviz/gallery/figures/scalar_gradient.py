"""The gradient through a single tanh unit against its weight."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.fixed_points import fixed_points, slope
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink

CLAIM = "Above w = 1, a larger weight makes the gradient vanish"
STEPS = 50
START = 0.5
MARKED = (1.5, 2.0, 4.0)
_LARGEST = 4.0


def experiment(cache: Cache) -> Data:
    """The factor at the fixed point and the product of all steps, by weight; nothing is cached."""
    weight = np.linspace(0, _LARGEST, 801)[1:]
    table = xr.Dataset(
        {
            "rate": ("w", [fixed_point_rate(w) for w in weight]),
            "log10_product": ("w", [log10_product(w) for w in weight]),
        },
        coords={"w": weight},
    )
    return {"scalar": xr.DataTree(table)}


def fixed_point_rate(w: float) -> float:
    """Factor w (1 - h*²) by which a step multiplies the gradient when the unit is at rest."""
    rest = fixed_points(w, 0.0)[-1]  # h* = tanh(w h*), the largest if there are three
    return slope(rest, w)


def log10_product(w: float, *, start: float = START, steps: int = STEPS) -> float:
    """Log10 of dh_T/dh_0 = Π w (1 - h_t²), for h_t = tanh(w h_{t-1})."""
    state, total = start, 0.0
    for _ in range(steps):
        state = np.tanh(w * state)
        total += np.log10(slope(state, w))
    return float(total)


def compose(data: Data) -> Figure:
    """The factor of one step on the left, the product of many on the right."""
    table = data["scalar"].to_dataset()
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    _draw_rate(left, table)
    _draw_product(right, table)
    for ax in (left, right):
        ax.axvline(1, color=GREY, linewidth=0.5 * plt.rcParams["lines.linewidth"], zorder=0)
        ax.set_xlim(0, _LARGEST)
        ax.set_xticks(range(5))
        ax.set_xlabel("weight w")
    write_headline(figure, CLAIM)
    return figure


def _draw_rate(ax: Axes, table: xr.Dataset) -> None:
    colour = cell_colour("rnn")
    ax.plot([0, 1.45], [0, 1.45], "--", color=GREY)
    ax.plot(table["w"], table["rate"], color=colour)
    ax.text(1.5, 1.42, "bound: w", color=ink(), va="center")
    for w in MARKED:
        rate = fixed_point_rate(w)
        ax.plot(w, rate, "o", color=colour, markersize=0.5 * font_size("font.size"), clip_on=False)
        ax.annotate(
            f"{rate:.3g}",
            (w, rate),
            (0, 0.7 * plt.rcParams["font.size"]),
            textcoords="offset points",
            color=ink(),
            ha="right" if w == _LARGEST else "left",
        )
    ax.set_ylim(0, 1.6)
    ax.set_yticks([0, 0.5, 1, 1.5])
    ax.set_title("in one step, at rest")
    ax.set_ylabel("factor on the gradient")


def _draw_product(ax: Axes, table: xr.Dataset) -> None:
    colour = cell_colour("rnn")
    ax.plot(table["w"], table["log10_product"], color=colour)
    ax.plot(table["w"], STEPS * np.log10(table["w"]), "--", color=GREY)
    low = float(table["log10_product"].min())
    ax.set_ylim(1.05 * low, -0.35 * low)
    ax.text(2.2, STEPS * np.log10(2.2), f"bound: w$^{{{STEPS}}}$", color=ink(), va="top")
    ax.set_title(f"in {STEPS} steps, from h = {START}")
    ax.set_ylabel("dh$_{50}$ / dh$_0$")
    label_decades(ax.yaxis)


def caption(data: Data) -> Caption:
    """The caption, with the factors and the products at some weights."""
    table = data["scalar"].to_dataset()
    rates = ", ".join(f"w = {w:g}: {fixed_point_rate(w):.5f}" for w in MARKED)
    products = ", ".join(f"w = {w:g}: {log10_product(w):.1f}" for w in (0.5, 1.0, *MARKED))
    best = float(table["w"][int(table["log10_product"].values.argmax())])
    return Caption(
        claim=CLAIM,
        reading="A single unit h ← tanh(w h) without input. Up to w = 1 it comes to rest at 0, where a step "
        "multiplies the gradient by w. Above w = 1 it comes to rest at ±h*, in the flat part of tanh; there "
        "the factor is w (1 - h*²), which is below 1 again. Dashed: the upper bound, where tanh is steepest.",
        setting=f"No training. Fixed points exact to rounding, and {STEPS} steps from h = {START}.",
        measured=f"Factor of one step at rest: {rates}. Decades in {STEPS} steps: {products}; largest at w = "
        f"{best:.2f}.",
        source="Pascanu, Mikolov and Bengio (2013), 'On the difficulty of training recurrent neural "
        "networks', section 2.",
        alt="Left: the factor by which a step multiplies the gradient equals w up to w = 1, then falls to "
        f"{fixed_point_rate(_LARGEST):.4f} at w = 4, while the bound keeps rising. Right: after {STEPS} "
        "steps the gradient has a sharp peak near w = 1 and is about 10 to the power "
        f"{log10_product(_LARGEST):.0f} at w = 4.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per weight: the factor of a step at rest, and log10 of the product."""
    return data["scalar"].to_dataset().to_dataframe().reset_index()
