"""A trained unit that holds a value in its cell state and keeps silent, and the gradient's way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

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
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.held_value import (
    ANSWER,
    BATCH,
    FORGET_BIAS,
    LEARNING_RATE,
    OUTPUT_GATE,
    SEQUENCES,
    VALUE,
    Holding,
    held_values,
)
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.decade_axis import label_decades
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.gradient_mesh import INFORMATIVE
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.outline import outline
from gradviz.plots.drawing.palette import AMBER, cell_colour, gate_colour, ink, text_colour
from gradviz.vocabulary import LOG10_GRAD_C, SAMPLE, TIME, C, H

DRIFT, NOISE, WRONG = 0.25, 0.1, 0.1  # the most that a unit that holds its value may have of each
ARRIVES = 1.0  # decades that its gradient may lose or gain
DRAWN = 8  # sequences

_HALF = float(np.log10(0.5))
_words = figure_words("holding_a_bit")


@dataclass(frozen=True)
class Settings:
    """How long the value is to be held, and what is trained."""

    span: Annotated[int, Field(ge=4, le=500)] = 60
    steps: Annotated[int, Field(ge=1)] = 1500
    noise: Annotated[float, Field(ge=0)] = 0.3
    seeds: Annotated[int, Field(ge=1, le=50)] = 6


class Held(NamedTuple):
    """How well a unit holds its value.

    Attributes
    ----------
    drift : float
        Mean change of the cell state over the span, divided by its standard deviation over sequences.
    loudness : float
        Mean size of the hidden state in the span, divided by that at the answer.
    wrong : float
        Mean squared error of the answers, divided by the variance of the values.
    lost : float
        Decades that the gradient at the cell state loses over the span, median over sequences.
    """

    drift: float
    loudness: float
    wrong: float
    lost: float

    @property
    def holds(self) -> bool:
        """Whether it holds the value, in silence, and answers with it."""
        return self.drift <= DRIFT and self.loudness <= NOISE and self.wrong <= WRONG


def experiment(cache: Cache, settings: Settings) -> Data:
    """One pass of each trained unit, by seed."""
    holding = Holding(settings.span, settings.steps, settings.noise, settings.seeds)
    return cache.computed("holding_a_bit", held_values, holding)


def held(tree: xr.DataTree) -> Held:
    """What one unit does between the value and the question."""
    series = tree.to_dataset()
    c, h, gradient = series[C].values, series[H].values, series[LOG10_GRAD_C].values
    first, last = 1, len(c) - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return Held(
            drift=float(np.abs(c[last] - c[first]).mean() / c[first].std()),
            loudness=float(np.abs(h[first : last + 1]).mean() / np.abs(h[-1]).mean()),
            wrong=float(((series[ANSWER] - series[VALUE]) ** 2).mean(skipna=False) / series[VALUE].var()),
            lost=float(np.median(gradient[last] - gradient[first])),
        )


def example(data: Data) -> str:
    """The seed whose unit drifts least, of those that hold their value, or else of all."""
    found = {seed: held(tree) for seed, tree in data.items()}
    holding = [seed for seed, one in found.items() if one.holds] or list(found)
    return min(holding, key=lambda seed: found[seed].drift)


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """How many units hold their value in silence, and whether the gradient comes back along those."""
    found = [held(tree) for tree in data.values()]
    known = bool(np.isfinite([one[:3] for one in found]).all())
    count = float(sum(one.holds for one in found))
    most = 2 * count > len(found)
    outcomes = {
        "most": known and most,
        "some": known and not most and count > 0,
        "none": known and count == 0,
    }
    if not known:
        count = np.nan
    title = decide(_words, "title", outcomes, count=count, seeds=len(found), span=settings.span)
    return [title, _gradient_claim(found, count)]


def _gradient_claim(found: Sequence[Held], count: float) -> Claim:
    lost = float(np.median([one.lost for one in found if one.holds or not count]))
    outcomes = {
        "arrives": count > 0 and abs(lost) <= ARRIVES,
        "changes": count > 0 and abs(lost) > ARRIVES,
        "untold": count == 0 and not np.isnan(lost),
    }
    return decide(_words, "gradient", outcomes, lost=lost, count=count)


def compose(data: Data, settings: Settings) -> Figure:
    """The cell state, the hidden state with the output gate, and the gradient, under each other."""
    title, gradient = claims(data, settings)
    shown = data[example(data)].to_dataset()
    figure, (cell, hidden, back) = plt.subplots(3, 1, sharex=True, layout="constrained")
    _draw_states(cell, shown[C], cell_colour("lstm"))
    _draw_gate(hidden, shown[OUTPUT_GATE])
    _draw_states(hidden, shown[H], gate_colour("hidden"))
    _draw_gradients(back, data, settings)
    for ax, name in ((cell, "cell"), (hidden, "hidden")):
        ax.set_title(_words(f"panel.{name}"))
        name_panel(ax, y=_words(f"axis.{name}"))
    back.set_title(gradient.sentence)
    name_panel(back, y=_words("axis.gradient"))
    for ax in (cell, hidden, back):
        ax.axvspan(-0.5, 0.5, color=AMBER, linewidth=0, zorder=0, gid=INFORMATIVE)
        ax.set_xlim(-0.5, settings.span + 1.5)
    _name(hidden, 1.0, _words("shown"), y=0.7)
    _name(hidden, settings.span, _words("answer"), y=0.7, ha="right")
    _name(
        back,
        settings.span + 1.0,
        _words("others", failed=len(data) - title.numbers["count"], **title.numbers),
        y=0.08,
        ha="right",
    )
    back.set_xticks(range(0, settings.span + 1, max(1, settings.span // 3)))
    back.set_xlabel(_words("time"))
    write_headline(figure, title.sentence)
    return figure


def _draw_states(ax: Axes, states: xr.DataArray, colour: str) -> None:
    chosen = _spread_out(states)
    width = 0.7 * plt.rcParams["lines.linewidth"]
    ax.plot(np.arange(chosen.sizes[TIME]), chosen.values, color=text_colour(colour), linewidth=width)
    most = 1.15 * float(np.abs(chosen).max())
    ax.set_ylim(-most, most)
    tick = float(f"{0.7 * most:.0e}")  # one digit
    ax.set_yticks([-tick, 0, tick], labels=[_words("tick", value=value) for value in (-tick, 0, tick)])


def _spread_out(states: xr.DataArray) -> xr.DataArray:
    """The drawn sequences: evenly spaced in the order of their last states."""
    order = np.argsort(states.values[-1])
    places = np.linspace(0, len(order) - 1, min(DRAWN, len(order))).round().astype(int)
    return states.isel({SAMPLE: order[places]}).transpose(TIME, SAMPLE)


def _draw_gate(ax: Axes, gate: xr.DataArray) -> None:
    """Draw the output gate, mean over sequences: from the middle of the axes, which is 0, to the top, 1."""
    mean = gate.mean(SAMPLE).values
    ax.fill_between(
        np.arange(len(mean)),
        0.5,
        0.5 + mean / 2,
        step="mid",
        transform=ax.get_xaxis_transform(),
        color=gate_colour("output"),
        alpha=0.6,
        linewidth=0,
    )


def _draw_gradients(ax: Axes, data: Data, settings: Settings) -> None:
    """Draw every unit's gradient faint, the example's strong, and that of a half-open gate dotted."""
    strong = example(data)
    time = np.arange(settings.span + 1)
    width = plt.rcParams["lines.linewidth"]
    colour = text_colour(cell_colour("lstm"))
    for seed, tree in data.items():
        middle = np.median(tree[LOG10_GRAD_C].transpose(TIME, SAMPLE).values[:-1], axis=1)
        look = {"linewidth": width, "zorder": 3} if seed == strong else {"linewidth": width / 3, "alpha": 0.6}
        ax.plot(time, middle - middle[-1], color=colour, **look)
    ax.plot(time, _HALF * (settings.span - time), ":", color=ink(), linewidth=0.7 * width)
    ax.set_ylim(1.1 * _HALF * settings.span, 3)
    label_decades(ax.yaxis, most=3)
    _name(ax, 1.0, _words("half_open"), y=0.57)


def _name(ax: Axes, x: float, text: str, *, y: float, ha: str = "left") -> None:
    """Write at a time step and a fraction of the height of the axes."""
    size = font_size("xtick.labelsize")
    outline(ax.text(x, y, text, transform=ax.get_xaxis_transform(), fontsize=size, ha=ha))


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the numbers of every unit."""
    title, gradient = claims(data, settings)
    found = [held(tree) for tree in data.values()]
    listed = "; ".join(
        _words("caption.unit", seed=seed, **one._asdict()) for seed, one in zip(data, found, strict=True)
    )
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading", drawn=min(DRAWN, SEQUENCES), example=example(data)),
        setting=_words(
            "caption.setting", **vars(settings), bias=FORGET_BIAS, rate=LEARNING_RATE, batch=BATCH
        ),
        measured=_words("caption.measured", listed=listed, **title.numbers),
        source=_words("caption.source"),
        alt=_words("caption.alt", claim=title.sentence, gradient=gradient.sentence),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, gradient = claims(data, settings)
    said = {**title.numbers, **gradient.numbers, "half": -_HALF * settings.span}
    ask = "ask_none" if title.outcome == "none" else "ask"
    return Notes(*(_words(f"notes.{part}", **said) for part in ("point", ask, "answer")))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per seed, sequence and time step: states, output gate and log10 of the gradient."""
    tables = []
    for seed, tree in data.items():
        series = tree.to_dataset()[[C, H, OUTPUT_GATE, LOG10_GRAD_C]]
        table = series.to_dataframe().rename_axis([TIME, SAMPLE]).reset_index()
        tables.append(table.assign(seed=int(seed)))
    return pd.concat(tables)
