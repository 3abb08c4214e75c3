"""The fixed points of a single tanh unit, and when it can hold a bit."""

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
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import GREY, cell_colour, ink, text_colour

_AT_ZERO = 1e-4  # at w = 1 the zero is threefold, and bisection finds it no more precisely than this
_words = figure_words("bifurcation")


@dataclass(frozen=True)
class Settings:
    """The unit h ← tanh(w h + b).

    Parameters
    ----------
    weight : float
        Where the bias is varied.
    largest_weight : float
        How far the weight is varied.
    """

    weight: Annotated[float, Field(ge=0, le=4)] = 2.0
    largest_weight: Annotated[float, Field(gt=0, le=4)] = 3.0


def experiment(cache: Cache, settings: Settings) -> Data:
    """Fixed points against the weight and against the bias; nothing is cached."""
    weight = settings.weight
    weights = np.linspace(0, settings.largest_weight, 601)
    reach = max(1.2, 1.3 * hysteresis(weight))
    biases = np.linspace(-reach, reach, 961)
    at_bias = [fixed_points(weight, bias) for bias in biases]
    return {
        "weight": xr.DataTree(_branches("w", weights, [fixed_points(w, 0.0) for w in weights], weights)),
        "bias": xr.DataTree(_branches("b", biases, at_bias, np.full(len(biases), weight))),
    }


def _branches(name: str, values: np.ndarray, points: list[list[float]], weights: np.ndarray) -> xr.Dataset:
    """Lower, middle and upper fixed points and slopes; NaN where there is none, all 0 where they coincide."""
    states = np.full((3, len(values)), np.nan)
    for column, found in enumerate(points):
        if len(found) == 3 or abs(found[0]) < _AT_ZERO:
            states[:, column] = found if len(found) == 3 else 0.0
        else:
            states[0 if found[0] < 0 else 2, column] = found[0]
    slopes = np.vectorize(slope)(states, weights)
    return xr.Dataset(
        {"state": (("branch", name), states), "slope": (("branch", name), slopes)},
        coords={name: values, "branch": ["lower", "middle", "upper"]},
    )


def hysteresis(w: float) -> float:
    """Bias beyond which one resting state is left, w √(1 - 1/w) - artanh √(1 - 1/w); 0 up to w = 1."""
    edge = np.sqrt(max(0.0, 1 - 1 / w)) if w else 0.0
    return float(w * edge - np.arctanh(edge))


def stable_states(table: xr.Dataset) -> xr.DataArray:
    """Number of different stable fixed points at every value; NaN where there is no fixed point at all."""
    stable = table["state"].where(table["slope"] <= 1)
    lowest, highest = stable.min("branch"), stable.max("branch")
    count = 1 + (highest - lowest > _AT_ZERO)
    return count.where(table["state"].notnull().any("branch"))


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """From which weight on there are two resting states, and for which biases both exist."""
    by_weight = stable_states(data["weight"].to_dataset())
    weight = by_weight["w"].values
    finite, two = bool(by_weight.notnull().all()), by_weight.values == 2
    ever, onset = bool(two.any()), float(weight[two.argmax()])
    stays = ever and bool(two[two.argmax() :].all())
    at_one = stays and abs(onset - 1) <= 0.02
    title = decide(
        _words,
        "title",
        {
            "above_one": finite and at_one,
            "elsewhere": finite and ever and not at_one,
            "never": finite and not ever,
        },
        onset=onset,
        largest=float(weight[-1]),
    )
    by_bias = stable_states(data["bias"].to_dataset())
    known, both = bool(by_bias.notnull().all()), by_bias.values == 2
    held = by_bias["b"].values[both]
    edge = float(np.abs(held).max(initial=0.0))
    width = decide(
        _words,
        "width",
        {"holds": known and bool(both.any()), "forgets": known and not both.any()},
        edge=edge,
        weight=settings.weight,
    )
    return [title, width]


def compose(data: Data, settings: Settings) -> Figure:
    """Fixed points against the weight on the left, against the bias on the right."""
    title, width = claims(data, settings)
    figure, (left, right) = plt.subplots(1, 2, layout="constrained", sharey=True)
    for ax, kind, name in ((left, "weight", "w"), (right, "bias", "b")):
        _draw(ax, data[kind].to_dataset(), name)
        name_panel(ax, _words(f"panel.{kind}"))
    left.set_ylabel(_words("axis.state"))
    left.set_yticks([-1, 0, 1])
    left.set_xlabel(_words("axis.weight"))
    left.set_xticks(range(int(settings.largest_weight) + 1))
    right.set_xlabel(_words("axis.bias", weight=settings.weight))
    right.set_xticks([-1, 0, 1])
    left.set_ylim(-1.45, 1.2)
    if title.outcome == "above_one":
        _name_branches(left, settings)
    if settings.weight <= settings.largest_weight:
        _mark_weight(left, settings.weight)
    if width.outcome == "holds":
        _mark_held(right, width.numbers["edge"])
    write_headline(figure, title.sentence)
    return figure


def _draw(ax: Axes, table: xr.Dataset, name: str) -> None:
    for branch in table["branch"].values:
        one = table.sel(branch=branch)
        stable = one["slope"] <= 1  # at w = 1 the three lines meet
        ax.plot(one[name], one["state"].where(stable), color=text_colour(cell_colour("rnn")))
        ax.plot(one[name], one["state"].where(~stable), "--", color=GREY)
    ax.set_xlim(float(table[name][0]), float(table[name][-1]))


def _name_branches(ax: Axes, settings: Settings) -> None:
    place = 1 + 0.56 * (settings.largest_weight - 1)
    ax.text(place, 0.06, _words("note.unstable"), color=ink())
    ax.text(place, 0.72, _words("note.stable"), color=text_colour(cell_colour("rnn")))


def _mark_weight(ax: Axes, weight: float) -> None:
    """A dotted line at the weight of the panel on the right."""
    ax.axvline(weight, color=ink(), linestyle=":", linewidth=0.7 * plt.rcParams["lines.linewidth"])
    ax.text(weight + 0.06, -1.32, _words("note.weight", weight=weight), color=ink())


def _mark_held(ax: Axes, edge: float) -> None:
    ax.axvspan(-edge, edge, color=text_colour(cell_colour("rnn")), alpha=0.15, linewidth=0)
    ax.text(0, -1.32, _words("note.held"), color=ink(), ha="center")
    ends = [-edge, edge]
    if edge < 0.85:  # else they touch the labels at -1 and 1
        ax.set_xticks([-1, -edge, 0, edge, 1], ["−1", *_edges(ends[:1]), "0", *_edges(ends[1:]), "1"])
    else:
        ax.set_xticks([-edge, 0, edge], [*_edges(ends[:1]), "0", *_edges(ends[1:])])


def _edges(values: Sequence[float]) -> list[str]:
    return [_words("note.edge", bias=value) for value in values]


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with the resting states at some weights and the width of the hysteresis."""
    title, width = claims(data, settings)
    left = _words(f"left.{title.outcome}", **title.numbers)
    weights = [w for w in (1.5, 2.0, 3.0) if w <= settings.largest_weight]
    states = [_words("state_at", weight=w, state=fixed_points(w, 0.0)[-1]) for w in weights]
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting"),
        measured=_words(
            "caption.measured",
            states="; ".join([_words("state_at", weight=0.5, state=0.0), *states]),
            width=width.sentence,
            theory=hysteresis(settings.weight),
        ),
        source=_words("caption.source"),
        alt=_words("caption.alt", left=left, width=width.sentence),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    title, width = claims(data, settings)
    left = _words(f"left.{title.outcome}", **title.numbers)
    point = _words("notes.point", left=left, width=width.sentence)
    answer = _words("notes.answer", held=_words(f"held.{width.outcome}", **width.numbers))
    return Notes(point, _words("notes.ask"), answer)


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per fixed point: what was varied, its value, the branch, the state and the slope."""
    tables = []
    for kind, tree in data.items():
        table = tree.to_dataset().to_dataframe().reset_index().dropna()
        tables.append(table.rename(columns={"w": "value", "b": "value"}).assign(varied=kind))
    return pd.concat(tables)[["varied", "value", "branch", "state", "slope"]]
